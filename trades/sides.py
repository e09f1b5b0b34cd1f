"""The two sides of an offer as one reader sees them: lines in the order that matters, and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from core.money import format_money
from trades.balance import Balance, Drift
from trades.claims import Missing
from trades.models import TradeItem

LINES_SHOWN = 8  # of a side; the rest is folded into terse rows


@dataclass(frozen=True, slots=True)
class LineView:
    """One line with what stands in its way."""

    item: TradeItem
    free: int | None = None  # copies left, where fewer than promised
    claims: int = 0  # other open offers with the same copies

    @property
    def is_gone(self) -> bool:
        return self.free == 0

    @property
    def href(self) -> str:
        return self.item.card.get_absolute_url()

    @property
    def urgency(self) -> tuple[bool, bool, Decimal, int]:
        """Sorts what is in doubt to the front, then the most valuable."""
        return (self.free is None, not self.claims, -(self.item.line_value or Decimal(0)), self.item.pk or 0)


@dataclass(frozen=True, slots=True)
class SideView:
    lines: list[LineView]
    cash: Decimal
    total: Decimal

    @property
    def copies(self) -> int:
        return sum(line.item.quantity for line in self.lines)

    @property
    def shown(self) -> list[LineView]:
        # One line too many is better shown than folded.
        return self.lines if len(self.lines) <= LINES_SHOWN + 1 else self.lines[:LINES_SHOWN]

    @property
    def folded(self) -> list[LineView]:
        return self.lines[len(self.shown) :]

    @property
    def folded_copies(self) -> int:
        return sum(line.item.quantity for line in self.folded)


def side_of(
    items: Iterable[TradeItem],
    *,
    cash: Decimal,
    total: Decimal,
    missing: Iterable[Missing] = (),
    claims: Mapping[int, int] | None = None,
) -> SideView:
    """`claims` as from `trades.claims.other_offers`."""
    left = {lost.item.holding_id: lost.free for lost in missing}
    lines = [
        LineView(item, left.get(item.holding_id), (claims or {}).get(item.holding_id, 0)) for item in items
    ]
    return SideView(sorted(lines, key=lambda line: line.urgency), cash, total)


def verdict_of(balance: Balance) -> str:
    """Who gains how much: `They gain $3.00 (7 %)`; in words alone where there is no figure."""
    if not (balance.give_copies or balance.get_copies or balance.give or balance.get):
        return _("Nothing on the table yet")
    if balance.is_gift or balance.unpriced or not balance.gap:
        return _capitalised(balance.verdict)
    sentence = (
        _("You gain %(gap)s (%(percent)s %%)") if balance.gap > 0 else _("They gain %(gap)s (%(percent)s %%)")
    )
    return sentence % {"gap": format_money(abs(balance.gap)), "percent": balance.percent}


def even_percent(balance: Balance) -> int | None:
    """The smaller total in percent of the larger; None for a gift, or while a price is missing."""
    return None if balance.percent is None or balance.is_gift else 100 - balance.percent


def drift_words(drift: Drift) -> str:
    """`$6.00 moved your way since this was sent`."""
    sentence = (
        _("%(amount)s (%(percent)s %%) moved your way since this was sent.")
        if drift.moved_my_way > 0
        else _("%(amount)s (%(percent)s %%) moved their way since this was sent.")
    )
    return sentence % {"amount": format_money(abs(drift.moved_my_way)), "percent": drift.percent}


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
