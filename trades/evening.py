"""Even it out: the card the other side really wants, or the cash, that closes the gap best."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from cards.overlaps import Overlap, nearest_overlaps
from trades.models.proposals import MOST_CASH


@dataclass(frozen=True, slots=True)
class CardStep:
    """One more copy from the side that gives too little."""

    giver_id: int
    overlap: Overlap
    gap_after: Decimal  # what is still missing; negative: it is now too much


@dataclass(frozen=True, slots=True)
class CashStep:
    """The cash balance that makes the totals equal: who pays how much in all, in site currency."""

    giver_id: int
    amount: Decimal  # instead of any cash on the table now


@dataclass(frozen=True, slots=True)
class EveningOut:
    """Ways to close the gap, best first; empty where the totals are equal."""

    cards: tuple[CardStep, ...]
    cash: CashStep | None


def even_out(
    *,
    proposer_id: int,
    recipient_id: int,
    offered: Decimal,
    wanted: Decimal,
    proposer_adds_cash: Decimal = Decimal(0),
    recipient_adds_cash: Decimal = Decimal(0),
    on_table: Collection[int] = (),
) -> EveningOut:
    """Close the gap between cards worth `offered` and `wanted`, with the cash that is there.

    A card is proposed only where the receiver wants it and it brings the two nearer than they
    are. Two queries, whatever the binders hold.
    """
    gap = (wanted + recipient_adds_cash) - (offered + proposer_adds_cash)
    if not gap:
        return EveningOut((), None)
    giver, receiver = (proposer_id, recipient_id) if gap > 0 else (recipient_id, proposer_id)
    overlaps = nearest_overlaps(giver_id=giver, receiver_id=receiver, near=abs(gap), besides=on_table)
    steps = [CardStep(giver, overlap, abs(gap) - overlap.value) for overlap in overlaps]
    return EveningOut(
        tuple(step for step in steps if abs(step.gap_after) < abs(gap)),
        _cash(proposer_id, recipient_id, wanted - offered),
    )


def _cash(proposer_id: int, recipient_id: int, difference: Decimal) -> CashStep | None:
    if abs(difference) > MOST_CASH:
        return None
    return CashStep(proposer_id if difference > 0 else recipient_id, abs(difference))
