"""Trades of the demo: a few told by hand for Alice and Bob, the rest at random, all by the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from random import Random

from accounts.models import User
from cards.models import CurrentPrice, Holding
from cards.values import value_of_copy
from config.demo.reputations import (
    OLD_TRADES,
    partners_of_the_known,
    review_each_other,
    settle_reputations,
)
from core.clock import clock_moved
from reputation.services import recalculate_all
from trades.errors import TradeError
from trades.models import CompletionMethod, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
    expire_overdue,
    view_proposal,
)
from trades.terms import Line, Terms

Told = Callable[[str, int], None]
HISTORIES = 90
A_WEEK_AND_AN_HOUR = timedelta(days=7, hours=1)
WHOLE_TRADE = timedelta(days=9)  # from the offer to the second confirmation, at most

_GREETINGS = [
    "Hi! These have sat in my binder for years; yours would go straight into a deck.",
    "Would you swap these? I can bring them on Friday.",
    "I think this is close to even. Happy to add a little cash.",
    "Found you through matches. What do you think?",
    "",
]
_REFUSALS = ["I have these already, thank you.", "Too far apart in value for me.", "Keeping mine, sorry.", ""]


def trade_histories(everybody: Sequence[User], random: Random, told: Told) -> None:
    """Ninety trades over the last two months, then the ones that Alice and Bob find waiting."""
    _trade_long_ago(everybody, random, told)
    endings = [_complete, _complete, _complete, _decline, _counter, _take_back, _expire, _call_off, _leave]
    for number, age in enumerate(_ages(HISTORIES, 9, 60, random)):
        proposer, recipient = random.sample(list(everybody), 2)
        # A random pair may have nothing to swap, or reach a limit: then this trade did not happen.
        with suppress(TradeError), clock_moved(-age):
            offer = _offer(proposer, recipient, random)
            endings[number % len(endings)](offer, random)
        told("trades", 1)
    settle_reputations(everybody, random)
    _waiting_for_alice(everybody, random)
    told("trades", 10)


def _trade_long_ago(everybody: Sequence[User], random: Random, told: Told) -> None:
    """One card for another, and what the two said of it: a few have made a name that way."""
    for pair, age in zip(
        partners_of_the_known(everybody, random), _ages(OLD_TRADES, 60, 98, random), strict=False
    ):
        with suppress(TradeError), clock_moved(-age):
            _complete(_offer(*pair, random, most_lines=1), random)
        told("trades", 1)


def _ages(count: int, least: int, most: int, random: Random) -> Iterator[timedelta]:
    """How long ago each of so many trades began, oldest first; figures are counted now and then."""
    ages = sorted((timedelta(days=random.uniform(least, most)) for _ in range(count)), reverse=True)
    for number, age in enumerate(ages):
        yield age
        if number % 6 == 5:
            with clock_moved(WHOLE_TRADE - age):
                recalculate_all()


def _offer(
    proposer: User, recipient: User, random: Random, *, draft: bool = False, most_lines: int = 3
) -> TradeProposal:
    """One card or a few a side of about the same value, cash for the rest."""
    offers = _some_lines(proposer, random, most_lines)
    wants = _some_lines(recipient, random, most_lines)
    gap = _value(wants) - _value(offers)
    terms = Terms(
        offers=tuple(line for line, _value in offers),
        wants=tuple(line for line, _value in wants),
        proposer_adds_cash=max(gap, Decimal(0)).quantize(Decimal(1)),
        recipient_adds_cash=max(-gap, Decimal(0)).quantize(Decimal(1)),
        message=random.choice(_GREETINGS),
        completion_method=random.choices([CompletionMethod.MAIL, CompletionMethod.IN_PERSON], [3, 2])[0],
    )
    return create_proposal(by=proposer, recipient=recipient.username, terms=terms, draft=draft)


def _some_lines(owner: User, random: Random, most: int) -> list[tuple[Line, Decimal]]:
    """One to three free rows of a binder that cost little enough for a new trader's limits."""
    rows = list(Holding.objects.of(owner).for_trade().order_by("pk"))
    prices = {
        (price.card_id, price.finish): price.price
        for price in CurrentPrice.objects.filter(card__in=[row.card_id for row in rows], price__lt=18)
    }
    priced = [row for row in rows if (row.card_id, row.finish) in prices]
    chosen = random.sample(priced, min(random.randint(1, most), len(priced)))
    return [
        (Line(row.pk, 1), value_of_copy(prices[row.card_id, row.finish], row.condition)) for row in chosen
    ]


def _value(lines: list[tuple[Line, Decimal]]) -> Decimal:
    return sum((value for _line, value in lines), Decimal(0))


def _accept(offer: TradeProposal) -> None:
    view_proposal(proposal_id=offer.pk, by=offer.recipient)
    with clock_moved(timedelta(hours=7)):
        accept_proposal(proposal_id=offer.pk, by=offer.recipient)


def _complete(offer: TradeProposal, random: Random) -> None:
    _accept(offer)
    with clock_moved(timedelta(days=random.uniform(1, 6))):
        confirm_receipt(proposal_id=offer.pk, by=offer.proposer)
    with clock_moved(timedelta(days=random.uniform(6, 8))):
        completed = confirm_receipt(proposal_id=offer.pk, by=offer.recipient)
        review_each_other(completed, random)


def _decline(offer: TradeProposal, random: Random) -> None:
    view_proposal(proposal_id=offer.pk, by=offer.recipient)
    with clock_moved(timedelta(hours=30)):
        decline_proposal(proposal_id=offer.pk, by=offer.recipient, reason=random.choice(_REFUSALS))


def _counter(offer: TradeProposal, random: Random) -> None:
    """The recipient asks for a little more; the proposer agrees, and the trade completes."""
    view_proposal(proposal_id=offer.pk, by=offer.recipient)
    with clock_moved(timedelta(hours=20)):
        child = counter_proposal(proposal_id=offer.pk, by=offer.recipient, terms=_terms_against(offer))
        _complete(child, random)


def _terms_against(
    offer: TradeProposal, more: Decimal = Decimal(2), message: str = "Nearly there. Could you add a little?"
) -> Terms:
    """The same trade from the other chair, with `more` cash the recipient's way."""
    items = list(offer.items.all())
    to_recipient = offer.proposer_adds_cash - offer.recipient_adds_cash + more
    return Terms(
        offers=tuple(Line(item.holding_id, item.quantity) for item in items if item.side == "want"),
        wants=tuple(Line(item.holding_id, item.quantity) for item in items if item.side == "offer"),
        proposer_adds_cash=max(-to_recipient, Decimal(0)),
        recipient_adds_cash=max(to_recipient, Decimal(0)),
        message=message,
        completion_method=offer.completion_method,
    )


def _take_back(offer: TradeProposal, random: Random) -> None:
    cancel_trade(proposal_id=offer.pk, by=offer.proposer)


def _expire(offer: TradeProposal, random: Random) -> None:
    """Nobody answers: the clock ends it a week later."""
    with clock_moved(A_WEEK_AND_AN_HOUR):
        expire_overdue()


def _call_off(offer: TradeProposal, random: Random) -> None:
    _accept(offer)
    with clock_moved(timedelta(hours=12)):
        cancel_trade(proposal_id=offer.pk, by=offer.proposer, reason="The card is worse than I thought.")


def _leave(offer: TradeProposal, random: Random) -> None:
    """Accepted, and still under way."""
    _accept(offer)


def _waiting_for_alice(everybody: Sequence[User], random: Random) -> None:
    """One of each thing that can need somebody, so that the first page a newcomer sees is alive."""
    alice, bob, charlie, *others = everybody
    # In the order in which they happen: what two say to each other has the order in which it was said.
    with clock_moved(timedelta(days=-3)):
        _accept(_offer(alice, charlie, random))
    with clock_moved(timedelta(days=-2)):
        _offer(charlie, alice, random)
    for other in others[:3]:
        with suppress(TradeError), clock_moved(timedelta(days=-1)):
            _offer(alice, other, random)
    _negotiation(alice, bob, random)
    with clock_moved(timedelta(hours=-2)):
        view_proposal(proposal_id=_offer(bob, alice, random).pk, by=alice)
    _offer(alice, bob, random, draft=True)


def _negotiation(alice: User, bob: User, random: Random) -> None:
    """An offer, a counter and a counter to that: Alice has the last word to say."""
    with clock_moved(timedelta(days=-2)):
        first = _offer(alice, bob, random)
        view_proposal(proposal_id=first.pk, by=bob)
    with clock_moved(timedelta(days=-1)):
        second = counter_proposal(
            proposal_id=first.pk, by=bob, terms=_terms_against(first, Decimal(6), "Six more and it is yours.")
        )
        view_proposal(proposal_id=second.pk, by=alice)
    with clock_moved(timedelta(hours=-20)):
        third = counter_proposal(
            proposal_id=second.pk,
            by=alice,
            terms=_terms_against(second, Decimal(4), "Let us meet below the middle."),
        )
        view_proposal(proposal_id=third.pk, by=bob)
    with clock_moved(timedelta(hours=-3)):
        counter_proposal(
            proposal_id=third.pk,
            by=bob,
            terms=_terms_against(third, Decimal(1), "One more, and I bring them on Friday."),
        )
