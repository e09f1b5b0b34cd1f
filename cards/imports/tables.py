"""CSV from any site: known by its header, read row by row, one clear error for each bad row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from cards.errors import CardError
from cards.exports import undefused
from cards.imports.formats import Format, fields_of, format_of, unused_columns
from cards.imports.rows import ReadFile, ReadRow, RowError, refuse_unprintable
from cards.models import Variant
from cards.printings import RefusedRow
from cards.rows import MOST_COPIES

MOST_ROWS = 50_000
LONGEST_NAME = 300
LONGEST_NOTE = 200
# Longer than any in the catalogue: cut, they are still unknown, but cheap to look up.
LONGEST_SET, LONGEST_NUMBER = 120, 40
_SET_FIELDS = ("set_code", "set", "set_name")
_DELIMITERS = ",;\t|"
# Blank lines and the line by which some sites tell Excel their delimiter.
_LEADING = re.compile(r'\s*(?:"?sep=(?P<delimiter>.)"?[ \t]*\r?\n)?\s*', re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,9}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PRICE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")


class Table(NamedTuple):
    """CSV whose header we know."""

    format: Format
    header: list[str]
    delimiter: str
    body: str  # header and rows
    lines_before: int


def table_of(text: str) -> Table | None:
    """The table in `text`; None if it does not begin with a header of cards."""
    leading = _LEADING.match(text)
    if leading is None:  # it cannot be: all of it is optional
        return None
    body = text[leading.end() :]
    first_line = next(io.StringIO(body, newline=""), "")
    # A row of a file without header may have one word in common with a header, not more.
    candidates = [
        (len(fields_of(header)), known, header, delimiter)
        for delimiter in leading["delimiter"] or _DELIMITERS
        if (header := _cells(first_line, delimiter)) and (known := format_of(header))
    ]
    if not candidates:
        return None
    _most, known, header, delimiter = max(candidates, key=lambda candidate: candidate[0])
    return Table(known, header, delimiter, body, text.count("\n", 0, leading.end()))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def read_table(table: Table) -> ReadFile:
    """Every row of the table, or its error. CardError 413 `too_many_rows`."""
    places = fields_of(table.header)
    read = ReadFile(
        table.format.name,
        has_trade_column="for_trade" in places,
        unused_columns=unused_columns(table.header),
    )
    for line, cells in _records(table, read.errors):
        try:
            _refuse_extra_cells(cells, table.header)
            said = {field: cells[at] for field, at in places.items() if at < len(cells)}
            read.rows.append(_read_row(line, said, table.format))
        except RefusedRow as bad:
            read.errors.append(RowError(line, bad.code, bad.detail))
        if len(read.rows) + len(read.errors) > MOST_ROWS:
            detail = _("At most %s rows in one file.") % f"{MOST_ROWS:,}"
            raise CardError("too_many_rows", detail, status=413)
    return read


def _records(table: Table, errors: list[RowError]) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header that say anything, with the line on which each begins."""
    lines = csv.reader(io.StringIO(table.body, newline=""), delimiter=table.delimiter, strict=True)
    next(lines)
    while True:
        start = table.lines_before + lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            detail = _("A quotation mark is opened and not closed, or stands where none may.")
            errors.append(RowError(start, "quoting", detail))
            continue
        if any(cell.strip() for cell in cells):
            yield start, cells


def _refuse_extra_cells(cells: Sequence[str], header: Sequence[str]) -> None:
    if any(cell.strip() for cell in cells[len(header) :]):
        counts = {"cells": len(cells), "columns": len(header)}
        detail = _("The row has %(cells)s cells, the header names %(columns)s columns.")
        raise RefusedRow("too_many_cells", detail % counts)


def _read_row(line: int, cells: dict[str, str], known: Format) -> ReadRow:
    for cell in cells.values():
        refuse_unprintable(cell)
    # A note is its owner's text to the last blank; everything else is a word.
    said = {field: cell if field == "note" else cell.strip() for field, cell in cells.items()}
    quantity = quantity_of(said.get("quantity", ""))
    variant, note = _variant_and_note(said, known)
    return ReadRow(
        line=line,
        quantity=quantity,
        for_trade=_for_trade(said["for_trade"], quantity) if "for_trade" in said else None,
        names=_names(said),
        sets=tuple(said[field][:LONGEST_SET] for field in _SET_FIELDS if said.get(field)),
        number=_number(said),
        scryfall_id=_id(said, "scryfall_id"),
        oracle_id=_id(said, "oracle_id"),
        finish=_meaning("finish", said, known),
        condition=_meaning("condition", said, known),
        language=_meaning("language", said, known),
        variant=variant,
        note=note,
        max_price=_max_price(said.get("max_price", "")),
        accepts_gold_bordered=_flag("accepts_gold_bordered", said, known),
    )


def quantity_of(cell: str) -> int:
    """A number of copies; raises RefusedRow `quantity_missing`, `quantity_invalid`."""
    if not cell:
        raise RefusedRow("quantity_missing", _("The row does not say how many copies."))
    if not _COUNT.fullmatch(cell) or not 1 <= int(cell) <= MOST_COPIES:
        detail = _("“%(cell)s” is not a number of copies: 1 to %(most)s.")
        raise RefusedRow("quantity_invalid", detail % {"cell": cell[:40], "most": f"{MOST_COPIES:,}"})
    return int(cell)


def _for_trade(cell: str, quantity: int) -> int:
    """Sites leave the cell empty for none."""
    if not cell:
        return 0
    if not _COUNT.fullmatch(cell) or int(cell) > quantity:
        detail = _("“%(cell)s” copies for trade: 0 to the quantity, %(quantity)s.")
        raise RefusedRow("for_trade_invalid", detail % {"cell": cell[:40], "quantity": quantity})
    return int(cell)


def _names(said: dict[str, str]) -> tuple[str, ...]:
    names = tuple(
        " ".join(undefused(said[field]).split()) for field in ("name", "simple_name") if said.get(field)
    )
    if not names and not said.get("scryfall_id") and not said.get("oracle_id"):
        raise RefusedRow("name_missing", _("The row names no card."))
    if any(len(name) > LONGEST_NAME for name in names):
        raise RefusedRow("name_too_long", _("No card has a name of more than %s letters.") % LONGEST_NAME)
    return names


def _number(said: dict[str, str]) -> str:
    """Deckbox numbers a reprint of The List "49" and notes its set, "DDC"; the card says DDC-49."""
    number = undefused(said.get("number", ""))[:LONGEST_NUMBER]
    reprinted = said.get("list_of", "")
    is_listed = "the list" in (said.get("set", "").casefold(), said.get("set_name", "").casefold())
    return f"{reprinted}-{number}" if is_listed and reprinted and "-" not in number else number


def _id(said: dict[str, str], field: str) -> str:
    found = said.get(field, "").lower()
    if found and not _UUID.fullmatch(found):
        raise RefusedRow(f"{field}_invalid", _("“%s” is not an id of Scryfall.") % found[:40])
    return found


def _meaning(field: str, said: dict[str, str], known: Format) -> str | None:
    if field not in said:
        return None
    meaning = {
        "finish": known.words.finish,
        "condition": known.words.condition,
        "language": known.words.language,
    }[field]
    try:
        return meaning(said[field])
    except KeyError:
        raise RefusedRow(f"{field}_unknown", _unknown_word(field, said[field], known)) from None


def _unknown_word(field: str, cell: str, known: Format) -> str:
    details = {
        "finish": _("“%(cell)s” is no finish that %(site)s writes."),
        "condition": _("“%(cell)s” is no condition that %(site)s writes."),
        "language": _("“%(cell)s” is no language that %(site)s writes."),
    }
    return details[field] % {"cell": cell[:40], "site": known.label}


def _variant_and_note(said: dict[str, str], known: Format) -> tuple[str, str]:
    """One variant a row; whatever else makes the copy special goes into the note, nothing is lost."""
    if _flag("proxy", said, known):
        raise RefusedRow("proxy", _("A proxy is not a card: it cannot be traded here."))
    note = undefused(said.get("note", ""))
    if len(note) > LONGEST_NOTE:
        raise RefusedRow("note_too_long", _("A note has at most %s letters.") % LONGEST_NOTE)
    if said.get("variant"):
        return _own_variant(said["variant"]), note
    special = [variant for variant in ("signed", "altered", "misprint") if _flag(variant, said, known)]
    more = special[1:] + (["artist proof"] if _flag("artist_proof", said, known) else [])
    return special[0] if special else Variant.NONE, note or ", ".join(more)


def _own_variant(cell: str) -> str:
    if cell not in Variant.values:
        raise RefusedRow("variant_unknown", _("“%s” is no variant of a copy.") % cell[:40])
    return cell


def _flag(field: str, said: dict[str, str], known: Format) -> bool:
    if not said.get(field):
        return False
    try:
        return known.words.flag(said[field])
    except KeyError:
        words = {"field": field.replace("_", " "), "cell": said[field][:40]}
        raise RefusedRow("flag_unknown", _("%(field)s: “%(cell)s” is neither yes nor no.") % words) from None


def _max_price(cell: str) -> Decimal | None:
    if not cell:
        return None
    if not _PRICE.fullmatch(cell) or not Decimal(cell):
        raise RefusedRow("max_price_invalid", _("“%s” is not a price such as 4.50.") % cell[:40])
    return Decimal(cell)
