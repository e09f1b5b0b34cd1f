"""How even a trade is, in words and money; and how prices moved since it was sent. No queries here
except `drift_of`, which reads today's prices once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cards.prices import current_prices
from cards.values import value_of_copy
from trades.models import Side, TradeItem, TradeProposal

EVEN = Decimal("0.97")  # nobody haggles over three cents in a dollar
FAIR = Decimal("0.85")
CONFIRM_AGAIN_ABOVE = Decimal("0.10")


@dataclass(frozen=True, slots=True)
class Balance:
    """Both totals in site currency, cash included, as one reader sees them."""

    give: Decimal
    get: Decimal
    give_copies: int
    get_copies: int
    unpriced: int  # lines without a price; with any, no percentage is shown
    is_gift: bool

    @property
    def gap(self) -> Decimal:
        """What the reader gains; negative: loses."""
        return self.get - self.give

    @property
    def fairness(self) -> Decimal | None:
        """Smaller total / larger total, 0–1, the same for both sides; None where a price is missing."""
        larger = max(self.give, self.get)
        return None if self.unpriced or not larger else min(self.give, self.get) / larger

    @property
    def percent(self) -> int | None:
        """How far from even, in whole percent of the larger total."""
        if self.fairness is None:
            return None
        return int(((1 - self.fairness) * 100).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def verdict(self) -> str:
        if self.is_gift:
            return _("a gift")
        if self.unpriced:
            return ngettext(
                "%(count)s line without a price", "%(count)s lines without a price", self.unpriced
            ) % {"count": self.unpriced}
        if self.fairness is None or self.fairness >= EVEN:
            return _("even")
        if self.fairness >= FAIR:
            return _("in your favour") if self.gap > 0 else _("in their favour")
        return _("clearly in your favour") if self.gap > 0 else _("clearly in their favour")


def balance_of(proposal: TradeProposal, reader_id: int, items: Iterable[TradeItem]) -> Balance:
    """The frozen balance of a proposal as `reader_id` sees it."""
    items = list(items)
    reader_offers = reader_id == proposal.proposer_id
    totals = proposal.proposer_total, proposal.recipient_total
    copies = _copies(items, Side.OFFER), _copies(items, Side.WANT)
    give, get = totals if reader_offers else totals[::-1]
    give_copies, get_copies = copies if reader_offers else copies[::-1]
    return Balance(
        give=give,
        get=get,
        give_copies=give_copies,
        get_copies=get_copies,
        unpriced=sum(item.unit_price is None for item in items),
        is_gift=_gives_nothing(proposal, items, Side.OFFER) or _gives_nothing(proposal, items, Side.WANT),
    )


def _copies(items: list[TradeItem], side: Side) -> int:
    return sum(item.quantity for item in items if item.side == side)


def _gives_nothing(proposal: TradeProposal, items: list[TradeItem], side: Side) -> bool:
    cash = proposal.proposer_adds_cash if side == Side.OFFER else proposal.recipient_adds_cash
    return not cash and not _copies(items, side)


@dataclass(frozen=True, slots=True)
class Drift:
    """How prices moved since sending, as one reader sees it (site currency)."""

    moved_my_way: Decimal  # negative: the other side's
    share: Decimal  # of the larger frozen total

    @property
    def needs_confirmation(self) -> bool:
        """Moved so far that accepting asks once more."""
        return self.share > CONFIRM_AGAIN_ABOVE

    @property
    def percent(self) -> int:
        return int((self.share * 100).quantize(Decimal(1), ROUND_HALF_UP))


def drift_of(proposal: TradeProposal, reader_id: int, items: Iterable[TradeItem]) -> Drift | None:
    """Today's market against the frozen prices; None where nothing moved. One query.

    Lines with a declared price, or without one, stay where they are.
    """
    priced = [item for item in items if item.price_as_of is not None and item.unit_price is not None]
    prices = current_prices((item.card_id, item.finish) for item in priced)
    moved = Decimal(0)
    for item in priced:
        now = prices.get((item.card_id, item.finish))
        if now is None or item.unit_price is None:
            continue
        change = (value_of_copy(now.price, item.condition) - item.unit_price) * item.quantity
        gets_it = (item.side == Side.WANT) == (reader_id == proposal.proposer_id)
        moved += change if gets_it else -change
    larger = max(proposal.proposer_total, proposal.recipient_total)
    if not moved or not larger:
        return None
    return Drift(moved_my_way=moved, share=abs(moved) / larger)
