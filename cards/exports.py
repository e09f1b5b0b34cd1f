"""Binders and want lists as CSV, in columns that the importer reads back without a loss.

A cell that a spreadsheet would run as a formula gets an apostrophe in front; the importer takes
it off again.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence

from accounts.models import User
from cards.models import Card, Holding, Want

BINDER_COLUMNS = (
    "Quantity", "For trade", "Name", "Set code", "Set name", "Collector number", "Finish",
    "Condition", "Language", "Variant", "Note", "Scryfall ID",
)  # fmt: skip
WANT_COLUMNS = (
    "Quantity", "Name", "Set code", "Set name", "Collector number", "Finish", "Least condition",
    "Language", "Max price", "Gold-bordered", "Scryfall ID", "Oracle ID",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_ROWS_AT_ONCE = 2_000


def defused(cell: str) -> str:
    """`cell` as text for a spreadsheet too. A leading apostrophe gets a second one: nothing is lost."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def undefused(cell: str) -> str:
    """What `defused` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def binder_csv(*, owner: User) -> Iterator[str]:
    """The lines of `owner`'s whole binder, header first, in constant memory.

    Finish, condition, language and variant are in the API's words, ids are Scryfall's.
    """
    rows = Holding.objects.of(owner).select_related("card").order_by("card__search_name", "card", "id")
    return _lines(BINDER_COLUMNS, map(_holding_cells, rows.iterator(chunk_size=_ROWS_AT_ONCE)))


def wants_csv(*, owner: User) -> Iterator[str]:
    """The lines of `owner`'s want list, header first. An empty cell is "any" or "no limit".

    A want for any printing names no set and has no Scryfall id, but an oracle id.
    """
    wants = list(Want.objects.filter(owner=owner).select_related("card").order_by("id"))
    asked = {want.oracle_id for want in wants if want.oracle_id}
    cards = Card.objects.filter(oracle_id__in=asked).order_by("oracle_id", "-pk").distinct("oracle_id")
    names = {card.oracle_id: card.name for card in cards}
    return _lines(WANT_COLUMNS, (_want_cells(want, names.get(want.oracle_id, "")) for want in wants))


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for cells in rows:
        yield writer.writerow([defused(cell) for cell in cells])


class _Line:
    """Hands each line that csv writes straight back."""

    def write(self, line: str) -> str:
        return line


def _holding_cells(row: Holding) -> Sequence[str]:
    return (
        str(row.quantity),
        str(row.for_trade),
        *_card_cells(row.card),
        row.finish,
        row.condition,
        row.language,
        row.variant,
        row.note,
        str(row.card.scryfall_id),
    )


def _want_cells(want: Want, name: str) -> Sequence[str]:
    return (
        str(want.quantity),
        *(_card_cells(want.card) if want.card else (name, "", "", "")),
        want.finish,
        want.least_condition,
        want.language,
        str(want.max_price or ""),
        "yes" if want.accepts_gold_bordered else "",
        str(want.card.scryfall_id) if want.card else "",
        str(want.oracle_id or ""),
    )


def _card_cells(card: Card) -> Sequence[str]:
    return card.name, card.set_code, card.set_name, card.collector_number
