"""The table while an offer is written: which rows of both binders lie on it, as typed so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict

from accounts.models import User
from cards.models import CurrentPrice, Holding
from cards.prices import current_prices
from cards.values import value_of_copy
from trades.models import Side, TradeItem
from trades.models.items import MOST_COPIES
from trades.terms import MOST_LINES, Line

FIELD = {Side.OFFER: "offer", Side.WANT: "want"}
LARGEST_ID = 2**63 - 1


@dataclass(slots=True)
class Entry:
    """A line as it was typed; what of it makes sense is for the form to say."""

    quantity: str = "1"
    declared: str = ""

    def folded(self, holding_id: int) -> str:
        return ":".join([str(holding_id), self.quantity, *([self.declared] if self.declared else [])])

    @property
    def copies(self) -> int:
        """The quantity, 1 while it is none."""
        is_number = self.quantity.isdecimal() and len(self.quantity) <= 3
        return int(self.quantity) if is_number and int(self.quantity) else 1


@dataclass(slots=True)
class Table:
    """By side, in the order in which they were laid down: holding id → entry."""

    offers: dict[int, Entry] = field(default_factory=dict)
    wants: dict[int, Entry] = field(default_factory=dict)

    def side(self, side: Side) -> dict[int, Entry]:
        return self.offers if side == Side.OFFER else self.wants

    @property
    def holding_ids(self) -> set[int]:
        return {*self.offers, *self.wants}

    def entries(self) -> Iterable[tuple[Side, int, Entry]]:
        for side in Side:
            for holding_id, entry in self.side(side).items():
                yield side, holding_id, entry


def posted_table(data: QueryDict) -> Table:
    """The table that travelled in the form: `offer` and `want` ids, `quantity-ID`, `declared-ID`, and
    of long sides the rest in `folded_offer` and `folded_want`."""
    table = Table()
    for side in Side:
        entries = [*_unfolded(data, FIELD[side]), *_folded(data, f"folded_{FIELD[side]}")]
        # The page shows first what was laid down last.
        table.side(side).update(entries[MOST_LINES::-1])
    return table


def _unfolded(data: QueryDict, name: str) -> Iterable[tuple[int, Entry]]:
    for holding_id in ids_in(data, name):
        quantity = data.get(f"quantity-{holding_id}", "1").strip()
        yield holding_id, Entry(quantity, data.get(f"declared-{holding_id}", "").strip())


def _folded(data: QueryDict, name: str) -> Iterable[tuple[int, Entry]]:
    """Lines without fields of their own, in one: `7:1,8:2:3.00` is id, copies and declared price."""
    for line in data.get(name, "").split(","):
        holding_id, *parts = line.split(":")
        if holding_id.isdecimal() and len(holding_id) < 19 and len(parts) <= 2:
            yield int(holding_id), Entry(*parts)


def ids_in(data: QueryDict, name: str) -> list[int]:
    """Row ids under `name`, several times or with commas; what is no id is passed over."""
    texts = [text.strip() for value in data.getlist(name) for text in value.split(",")]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) <= 19]
    return [number for number in numbers if 0 < number <= LARGEST_ID]


def laid_table(offers: Iterable[Line], wants: Iterable[Line]) -> Table:
    """The table of terms that exist already."""
    table = Table()
    for side, lines in ((Side.OFFER, offers), (Side.WANT, wants)):
        for line in lines:
            declared = "" if line.declared_price is None else str(line.declared_price)
            table.side(side)[line.holding_id] = Entry(str(line.quantity), declared)
    return table


def move(table: Table, data: QueryDict) -> set[int]:
    """Do what the pressed button says: add, one more, one less, or take off. The rows it was about."""
    moved: set[int] = set()
    for name, side in (("add_offer", Side.OFFER), ("add_want", Side.WANT)):
        for holding_id in ids_in(data, name):
            _add(table.side(side), holding_id)
            moved.add(holding_id)
    for name, step in (("more", 1), ("less", -1), ("remove", -MOST_COPIES)):
        for holding_id in ids_in(data, name):
            for side in Side:
                _step(table.side(side), holding_id, step)
            moved.add(holding_id)
    return moved


def _add(entries: dict[int, Entry], holding_id: int) -> None:
    if holding_id in entries:
        _step(entries, holding_id, 1)
    elif len(entries) < MOST_LINES:
        entries[holding_id] = Entry()


def _step(entries: dict[int, Entry], holding_id: int, step: int) -> None:
    entry = entries.get(holding_id)
    if entry is None:
        return
    copies = entry.copies + step
    if copies < 1:
        del entries[holding_id]
    else:
        entry.quantity = str(min(copies, MOST_COPIES))


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line on the table with the row it comes from, priced as of now."""

    side: Side
    entry: Entry
    item: TradeItem  # unsaved: what it would be frozen to

    @property
    def holding(self) -> Holding:
        return self.item.holding

    @property
    def free(self) -> int:
        return 0 if self.holding.is_hidden else self.holding.free

    @property
    def is_short(self) -> bool:
        """More copies than can be had."""
        return self.item.quantity > self.free

    @property
    def has_price(self) -> bool:
        return self.item.price_as_of is not None


def read_lines(
    table: Table, *, reader: User, partner: User, known: Mapping[int, TradeItem] | None = None
) -> list[TableLine]:
    """The lines that `reader` may see, in order; two queries, one where all rows are `known`.

    A row that the partner no longer shows is dropped, unless it is in `known`: the lines of the
    offer that is answered or edited, which the reader has seen.
    """
    known = known or {}
    holdings = {pk: known[pk].holding for pk in table.holding_ids & known.keys()}
    if unknown := table.holding_ids - known.keys():
        rows = Holding.objects.filter(pk__in=unknown, owner__in=[reader.pk, partner.pk])
        holdings |= rows.select_related("card").in_bulk()
    prices = current_prices((row.card_id, row.finish) for row in holdings.values())
    givers = {Side.OFFER: reader.pk, Side.WANT: partner.pk}
    lines = []
    for side, holding_id, entry in table.entries():
        holding = holdings.get(holding_id)
        if holding is None or holding.owner_id != givers[side]:
            continue
        copy = _seen_copy(holding, reader, known)
        if copy is not None:
            lines.append(TableLine(side, entry, _item(side, entry, holding, copy, prices)))
    return lines


def _seen_copy(holding: Holding, reader: User, known: Mapping[int, TradeItem]) -> Holding | TradeItem | None:
    """What the reader may know of a row: as it is now, or as it was when it was promised."""
    if holding.owner_id == reader.pk or (not holding.is_hidden and holding.for_trade > 0):
        return holding
    return known.get(holding.pk)


def _item(
    side: Side,
    entry: Entry,
    holding: Holding,
    copy: Holding | TradeItem,
    prices: Mapping[tuple[int, str], CurrentPrice],
) -> TradeItem:
    price = prices.get((copy.card_id, copy.finish))
    declared = None if price else money_or_none(entry.declared)
    return TradeItem(
        side=side,
        holding=holding,
        card=copy.card,
        finish=copy.finish,
        condition=copy.condition,
        language=copy.language,
        variant=copy.variant,
        quantity=entry.copies,
        unit_price=value_of_copy(price.price, copy.condition) if price else declared,
        price_as_of=price.day if price else None,
        declared=declared is not None,
    )


def money_or_none(text: str) -> Decimal | None:
    """An amount as typed, None while it is none."""
    whole, _point, cents = text.partition(".")
    if not (whole + cents).isdecimal() or len(whole) > 8 or len(cents) > 2:
        return None
    return Decimal(text)


def take_off_unseen(table: Table, lines: Iterable[TableLine]) -> int:
    """Take the rows off that are not in `lines`; how many those were."""
    unseen = table.holding_ids - {line.holding.pk for line in lines}
    for side in Side:
        for holding_id in unseen:
            table.side(side).pop(holding_id, None)
    return len(unseen)
