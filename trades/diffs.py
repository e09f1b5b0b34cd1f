"""What changed between two proposals of one chain, line by line and in money. Pure, no queries
beyond the items that are handed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from trades.models import Side, TradeItem, TradeProposal

# A line by who gives it and from which row: the same through all role swaps of a chain.
LineKey = tuple[int, int]


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line of cards that is not as it was; copies and line values before and after."""

    change: Change
    giver_id: int
    item: TradeItem  # as it is now; for a removed line, as it was
    copies_before: int
    copies_after: int
    value_before: Decimal
    value_after: Decimal

    @property
    def value_change(self) -> Decimal:
        return self.value_after - self.value_before


@dataclass(frozen=True, slots=True)
class CashChange:
    giver_id: int
    before: Decimal
    after: Decimal

    @property
    def value_change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes from one proposal to a later one of its chain."""

    lines: tuple[LineChange, ...]
    cash: tuple[CashChange, ...]
    method: tuple[str, str] | None  # before and after, where the way to swap changed

    def __bool__(self) -> bool:
        return bool(self.lines or self.cash or self.method)

    def value_change_for(self, reader_id: int) -> Decimal:
        """How much better (positive) the reader stands than before, site currency."""
        changes: Iterable[LineChange | CashChange] = (*self.lines, *self.cash)
        return sum(
            (-c.value_change if c.giver_id == reader_id else c.value_change for c in changes), Decimal(0)
        )


def diff(
    before: TradeProposal,
    before_items: Iterable[TradeItem],
    after: TradeProposal,
    after_items: Iterable[TradeItem],
) -> Diff:
    """What changed from `before` to `after`, two proposals of one chain."""
    was, now = _by_line(before, before_items), _by_line(after, after_items)
    lines = [_line_change(key[0], was.get(key), now.get(key)) for key in {**was, **now}]
    return Diff(
        lines=tuple(line for line in lines if line is not None),
        cash=tuple(_cash_changes(before, after)),
        method=(before.completion_method, after.completion_method)
        if before.completion_method != after.completion_method
        else None,
    )


def _by_line(proposal: TradeProposal, items: Iterable[TradeItem]) -> dict[LineKey, TradeItem]:
    return {(_giver_id(proposal, item), item.holding_id): item for item in items}


def _giver_id(proposal: TradeProposal, item: TradeItem) -> int:
    return proposal.proposer_id if item.side == Side.OFFER else proposal.recipient_id


def _line_change(giver_id: int, was: TradeItem | None, now: TradeItem | None) -> LineChange | None:
    if was is None and now is not None:
        return LineChange(Change.ADDED, giver_id, now, 0, now.quantity, Decimal(0), _value(now))
    if was is not None and now is None:
        return LineChange(Change.REMOVED, giver_id, was, was.quantity, 0, _value(was), Decimal(0))
    assert was is not None and now is not None  # noqa: S101, PT018  (a key of either dict)
    if was.quantity == now.quantity and _value(was) == _value(now):
        return None
    return LineChange(Change.CHANGED, giver_id, now, was.quantity, now.quantity, _value(was), _value(now))


def _value(item: TradeItem) -> Decimal:
    return item.line_value or Decimal(0)


def _cash_changes(before: TradeProposal, after: TradeProposal) -> Iterable[CashChange]:
    for giver_id in sorted(after.party_ids):
        was, now = before.cash_from(giver_id), after.cash_from(giver_id)
        if was != now:
            yield CashChange(giver_id, was, now)
