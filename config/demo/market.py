"""Binders, want lists and trades in every status, made by the same services that users call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from django.db import transaction

from accounts.models import User
from cards.models import Card, Condition, CurrentPrice, Language
from cards.services.binder import NewHolding, add_holdings_in_bulk
from cards.services.wants import NewWant, add_wants_in_bulk
from config.demo import people
from config.demo.calls import calls_of_last_month, calls_of_today
from config.demo.conversations import talk_things_over
from config.demo.trading import Told, trade_histories
from notifications.services import mark_read


def is_seeded() -> bool:
    return User.objects.filter(username="alice").exists()


@transaction.atomic
def seed_market(*, traders: int, seed: int, holdings: int, told: Told) -> None:
    """Make the whole market; `told(step, done)` hears of each piece of work. Nothing if it is there.

    One transaction: a seeding that was stopped half-way has not happened.
    """
    if is_seeded():
        return
    random = Random(seed)  # noqa: S311  (a market that is the same each time, no secret)
    everybody = list(_settle_people(traders, random, told))
    # Chance of their own, so that who trades what does not hang on who calls what.
    calls_of_last_month(everybody, Random(seed))  # noqa: S311  (as above)
    told("catalogue", 1)
    _fill_binders(everybody, holdings, random, told)
    trade_histories(everybody, random, told)
    calls_of_today(everybody, Random(seed + 1))  # noqa: S311  (as above)
    for user in everybody[3:]:
        mark_read(by=user)
    talk_things_over(everybody)
    people.settle_staff()


def _settle_people(count: int, random: Random, told: Told) -> Iterator[User]:
    for name in people.names(count, random):
        yield people.settle(name, random)
        told("traders", 1)


def _fill_binders(everybody: Sequence[User], holdings: int, random: Random, told: Told) -> None:
    """Everybody has some cards and wants others, so that there are matches to find."""
    printings = list(Card.objects.filter(pk__in=CurrentPrice.objects.values("card")).order_by("pk"))
    each = max(10, holdings // len(everybody))
    for user in everybody:
        mine = random.sample(printings, min(each, len(printings)))
        add_holdings_in_bulk(by=user, holdings=[_holding(card, random) for card in mine])
        owned = {card.oracle_id for card in mine}
        others = [card for card in printings if card.oracle_id not in owned]
        wanted = random.sample(others, min(max(6, each // 3), len(others)))
        add_wants_in_bulk(by=user, wants=[_want(card, random) for card in wanted])
        told("binders", 1)


def _holding(card: Card, random: Random) -> NewHolding:
    quantity = random.choices([1, 2, 3, 4, 8], [50, 22, 12, 12, 4])[0]
    return NewHolding(
        card_id=card.pk,
        finish=random.choice(card.finishes) if random.random() < 0.25 else card.finishes[0],
        condition=random.choices(list(Condition), [55, 25, 12, 6, 2])[0],
        language=random.choices([Language.EN, Language.DE, Language.JA], [88, 8, 4])[0],
        quantity=quantity,
        for_trade=quantity if random.random() < 0.7 else random.randint(0, quantity),
    )


def _want(card: Card, random: Random) -> NewWant:
    any_printing = card.oracle_id is not None and random.random() < 0.6
    return NewWant(
        card_id=None if any_printing else card.pk,
        oracle_id=card.oracle_id if any_printing else None,
        quantity=random.choices([1, 2, 4], [60, 20, 20])[0],
        least_condition=random.choices([Condition.LP, Condition.MP, Condition.DMG], [3, 4, 3])[0],
    )
