"""Market calls of the demo: a month of an imported source, judged by now, and what runs today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import User
from cards.demo import load_demo_catalogue
from cards.models import PriceSnapshot
from core.clock import clock_moved, database_now, database_today
from signals_bridge.models import Action, Recommendation
from signals_bridge.services import (
    evaluate_signals,
    follow_signal,
    import_signals,
    publish_signal,
    register_publisher,
    register_source,
)

SOURCE = "cardwatch"
A_MONTH = timedelta(days=30)
OLD, RUNNING, OWN = 14, 8, 2
CENT = Decimal("0.01")

_REASONS = {
    Action.BUY: [
        "Three decks of last week's top eight play it, and no reprint is announced.",
        "Listings have halved in a month.",
        "It has sat at its lowest for a year.",
    ],
    Action.SELL: [
        "A reprint is on the list for spring.",
        "Demand came from one deck, and that deck is gone.",
        "Everybody opens it now; supply will double.",
    ],
    Action.HOLD: ["Nothing moves it either way before the next set."],
}


def calls_of_last_month(everybody: Sequence[User], random: Random) -> None:
    """Issued and followed a month ago, at the prices of then; most are over and judged by now."""
    register_source(name=SOURCE, publisher=register_publisher(user=everybody[-1]))
    with clock_moved(-A_MONTH):
        load_demo_catalogue()
        calls = _import(OLD, (12, 28), random)
        for follower in everybody[:-1]:
            for call in random.sample(calls, random.choice([0, 0, 1, 2])):
                follow_signal(signal_id=call.pk, by=follower)
    load_demo_catalogue()
    evaluate_signals()


def calls_of_today(everybody: Sequence[User], random: Random) -> None:
    """What runs now: the imported source's newest, and what trusted traders publish themselves."""
    with clock_moved(-timedelta(days=4)):
        calls = _import(RUNNING, (10, 60), random)
    trusted = [
        user for user in User.objects.filter(pk__in=[u.pk for u in everybody]) if user.may_publish_signals
    ]
    with clock_moved(-timedelta(days=1)):
        for trader in trusted[:2]:
            calls += [publish_signal(by=trader, said=said) for said in _own_calls(random)]
    for follower in everybody[:6]:
        for call in random.sample(calls, 3):
            follow_signal(signal_id=call.pk, by=follower)


def _import(count: int, days: tuple[int, int], random: Random) -> list[Recommendation]:
    """So many new calls of the imported source, each on a card of its own, for so many days."""
    number = Recommendation.objects.count()
    rows = [
        {
            **said,
            "external_id": f"cw-{number + n}",
            "price": str(price),
            "issued_at": database_now().isoformat(),
        }
        for n, (said, price) in enumerate(_calls(count, days, random), 1)
    ]
    import_signals(source=SOURCE, rows=enumerate(rows), by=None)
    return list(
        Recommendation.objects.filter(external_id__in=[row["external_id"] for row in rows]).order_by("pk")
    )


def _own_calls(random: Random) -> list[dict[str, Any]]:
    return [said for said, _price in _calls(OWN, (14, 40), random)]


def _calls(count: int, days: tuple[int, int], random: Random) -> list[tuple[dict[str, Any], Decimal]]:
    """What is said of cards worth a call, and their prices of the day."""
    priced = PriceSnapshot.objects.filter(day=database_today(), price__gte=2, card__recommendations=None)
    chosen = random.sample(list(priced.order_by("card", "finish")), count)
    return [(_said(price, days, random), price.price) for price in chosen]


def _said(price: PriceSnapshot, days: tuple[int, int], random: Random) -> dict[str, Any]:
    action = random.choices([Action.BUY, Action.SELL, Action.HOLD], [5, 3, 1])[0]
    move = {Action.BUY: 1 + random.uniform(0.08, 0.3), Action.SELL: 1 - random.uniform(0.08, 0.25)}.get(
        action
    )
    target = None if move is None else str((price.price * Decimal(move)).quantize(CENT))
    return {
        "card": price.card_id,
        "finish": price.finish,
        "action": action.value,
        "target_price": target,
        "confidence": f"{random.uniform(0.5, 0.9):.2f}",
        "rationale": random.choice(_REASONS[action]),
        "valid_until": (database_now() + timedelta(days=random.randint(*days))).isoformat(),
    }
