"""What one side proposes, as it comes from a page or a program, and its check against the binders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from cards.models import CurrentPrice, Holding
from cards.prices import current_prices
from cards.values import value_of_copy
from core.errors import Fault
from trades.errors import TradeError
from trades.models import CompletionMethod, Side, TradeItem
from trades.models.items import MOST_COPIES
from trades.models.proposals import MOST_CASH

MOST_LINES = 100
MOST_VALUE = Decimal("999999999999.99")
LIFE_DAYS = range(1, 15)
SIDE_POINTER = {Side.OFFER: "/proposer_offers", Side.WANT: "/proposer_wants"}


@dataclass(frozen=True, slots=True)
class Line:
    """So many copies of a holding; the price is declared only where the market has none."""

    holding_id: int
    quantity: int = 1
    declared_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """Both sides as the proposer sees them: what they offer, and what they want for it."""

    offers: tuple[Line, ...] = ()
    wants: tuple[Line, ...] = ()
    proposer_adds_cash: Decimal = Decimal(0)
    recipient_adds_cash: Decimal = Decimal(0)
    message: str = ""
    life_days: int = 7
    completion_method: str = CompletionMethod.MAIL

    def lines(self) -> Iterable[tuple[Side, int, Line]]:
        """(side, index on that side, line), offers first."""
        for side, lines in ((Side.OFFER, self.offers), (Side.WANT, self.wants)):
            for index, line in enumerate(lines):
                yield side, index, line

    @property
    def holding_ids(self) -> set[int]:
        return {line.holding_id for line in (*self.offers, *self.wants)}


def check_terms(terms: Terms) -> None:
    """Refuse (400) what no binder could make right. Raises TradeError with one fault per place."""
    faults = [*_faults_of_table(terms), *_faults_of_lines(terms), *_faults_of_cash(terms)]
    if terms.life_days not in LIFE_DAYS:
        faults.append(Fault("/expires_in_days", "out_of_range", _("An offer lives 1 to 14 days.")))
    if terms.completion_method not in CompletionMethod.values:
        faults.append(Fault("/completion_method", "unknown_choice", _("Mail, in person or other.")))
    if len(terms.message) > 2_000:
        faults.append(Fault("/message", "too_long", _("At most 2,000 characters.")))
    _refuse(faults)


def _faults_of_table(terms: Terms) -> Iterable[Fault]:
    if not (terms.offers or terms.wants or terms.proposer_adds_cash or terms.recipient_adds_cash):
        yield Fault("", "nothing_on_the_table", _("Put at least one card or some cash on the table."))
    for side, lines in ((Side.OFFER, terms.offers), (Side.WANT, terms.wants)):
        if len(lines) > MOST_LINES:
            yield Fault(SIDE_POINTER[side], "too_many_lines", _("At most 100 lines a side."))


def _faults_of_lines(terms: Terms) -> Iterable[Fault]:
    seen: set[int] = set()
    for side, index, line in terms.lines():
        at = f"{SIDE_POINTER[side]}/{index}"
        if line.holding_id in seen:
            yield Fault(f"{at}/holding", "duplicate_holding", _("This row is on the table already."))
        if not 1 <= line.quantity <= MOST_COPIES:
            yield Fault(f"{at}/quantity", "out_of_range", _("From 1 to 999 copies."))
        if line.declared_price is not None and not _is_money(line.declared_price):
            yield Fault(f"{at}/declared_price", "out_of_range", _("From 0 to 99,999,999.99, whole cents."))
        seen.add(line.holding_id)


def _faults_of_cash(terms: Terms) -> Iterable[Fault]:
    for name, cash in _cash_of(terms):
        if not _is_money(cash):
            yield Fault(f"/{name}", "out_of_range", _("From 0 to 99,999,999.99, whole cents."))
    if terms.proposer_adds_cash and terms.recipient_adds_cash:
        yield Fault("/recipient_adds_cash", "cash_both_ways", _("Cash goes one way only."))


def _cash_of(terms: Terms) -> tuple[tuple[str, Decimal], ...]:
    return (
        ("proposer_adds_cash", terms.proposer_adds_cash),
        ("recipient_adds_cash", terms.recipient_adds_cash),
    )


def _is_money(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount <= MOST_CASH and amount == round(amount, 2)


def lay_out(
    terms: Terms, holdings: dict[int, Holding], proposer_id: int, recipient_id: int
) -> list[TradeItem]:
    """The unsaved items of checked `terms`, with frozen copies and prices; one query for prices.

    Raises TradeError 400 for rows that are not the right trader's, or more than is for trade.
    """
    owners = {Side.OFFER: proposer_id, Side.WANT: recipient_id}
    prices = current_prices((h.card_id, h.finish) for h in holdings.values())
    faults: list[Fault] = []
    items: list[TradeItem] = []
    for side, index, line in terms.lines():
        at = f"{SIDE_POINTER[side]}/{index}"
        holding = holdings.get(line.holding_id)
        if holding is None or holding.owner_id != owners[side] or holding.for_trade == 0:
            # The same words for an unknown row, a stranger's and one that is not for trade.
            faults.append(Fault(f"{at}/holding", "unknown_holding", _("No such row is for trade there.")))
            continue
        if line.quantity > holding.for_trade:
            faults.append(
                Fault(
                    f"{at}/quantity",
                    "more_than_for_trade",
                    _("Only %(count)s for trade.") % {"count": holding.for_trade},
                )
            )
        price = prices.get((holding.card_id, holding.finish))
        if price is not None and line.declared_price is not None:
            faults.append(
                Fault(f"{at}/declared_price", "price_known", _("This card has a market price; leave it out."))
            )
        items.append(_frozen(side, line, holding, price))
    _refuse(faults)
    return items


def _frozen(side: Side, line: Line, holding: Holding, price: CurrentPrice | None) -> TradeItem:
    return TradeItem(
        side=side,
        holding=holding,
        card_id=holding.card_id,
        finish=holding.finish,
        condition=holding.condition,
        language=holding.language,
        variant=holding.variant,
        quantity=line.quantity,
        unit_price=value_of_copy(price.price, holding.condition) if price else line.declared_price,
        price_as_of=price.day if price else None,
        price_source=price.source if price else "",
        declared=price is None and line.declared_price is not None,
    )


def value_of(items: Iterable[TradeItem], side: Side) -> Decimal:
    """The frozen value of one side's priced cards, without cash. Raises TradeError 400 past 14 digits."""
    total = sum((item.line_value or Decimal(0) for item in items if item.side == side), Decimal(0))
    if total > MOST_VALUE:
        _refuse([Fault(SIDE_POINTER[side], "too_valuable", _("More than a trade can hold."))])
    return total


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise TradeError(faults[0].code, faults[0].detail, status=400, faults=faults)
