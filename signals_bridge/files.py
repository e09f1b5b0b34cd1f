"""Files of market calls, read as a stream: the API's JSON, or CSV with the same names; plain or gzip.

CSV cells are text and stay text, also those that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, NoReturn

import ijson
from django.utils.translation import gettext as _

from cards.bulk_files import LONGEST_LINE, first_byte, readable
from signals_bridge.errors import SignalError
from signals_bridge.services.entering import Row

_NEEDED = ("external_id", "finish", "action", "price", "confidence", "issued_at", "valid_until")
_COLUMNS = (*_NEEDED, "card", "scryfall_id", "target_price", "rationale")


def source_in(file: BufferedReader) -> str | None:
    """The source that a JSON file names; a table names none."""
    with readable(file) as content:
        if _is_table(content):
            return None
        try:
            source = next(ijson.items(content, "source"), None)
        except ijson.JSONError as error:
            _not_json(error)
    if not isinstance(source, str):
        _unreadable(_("The file names no source; it has to look like {“source”: …, “signals”: […]}."))
    return source


def rows_in(file: BufferedReader) -> Iterator[Row]:
    """Each call and its place: the line of a table, the number of a signal in JSON (from 1)."""
    with readable(file) as content:
        yield from _table_rows(content) if _is_table(content) else _json_rows(content)


def _is_table(content: BufferedReader) -> bool:
    first = first_byte(content)
    if not first.isalpha() and first not in (b'"', b"{"):
        _unreadable(_("This is neither CSV nor a JSON object."))
    return first != b"{"


def _json_rows(content: BufferedReader) -> Iterator[Row]:
    try:
        yield from enumerate(ijson.items(content, "signals.item"), 1)
    except ijson.JSONError as error:
        _not_json(error)


def _table_rows(content: BufferedReader) -> Iterator[Row]:
    lines = (line.decode() for line in iter(lambda: content.readline(LONGEST_LINE), b""))
    table = csv.reader(lines, strict=True)
    try:
        names = _names(next(table))
        for cells in table:
            if "".join(cells).strip():
                yield table.line_num, _said(names, cells)
    except UnicodeDecodeError:
        _unreadable(_("Line %s is not UTF-8.") % (table.line_num + 1))
    except csv.Error as error:
        _unreadable(_("Line %(line)s is not CSV: %(error)s") % {"line": table.line_num, "error": error})


def _names(header: list[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in _NEEDED if name not in names]
    if not {"card", "scryfall_id"} & set(names):
        missing.append("scryfall_id")
    if missing:
        _unreadable(_("The first line lacks the columns %s.") % ", ".join(missing))
    return names


def _said(names: list[str], cells: list[str]) -> dict[str, Any]:
    """A line as JSON would say it: an empty cell is nothing said, other columns are none of ours.

    A cell beyond the last column is refused as an unknown key: a comma without quotes has cut a text in two.
    """
    said: dict[str, Any] = {
        name: cell.strip() for name, cell in zip(names, cells, strict=False) if name in _COLUMNS
    }
    said |= {f"column {n}": cell.strip() for n, cell in enumerate(cells, 1) if n > len(names)}
    if said.get("card", "").isdecimal():
        said["card"] = int(said["card"])
    return {name: value for name, value in said.items() if value != ""}


def _not_json(error: Exception) -> NoReturn:
    reason = " ".join(str(error).split())
    _unreadable(_("This is not valid JSON, or it was cut off: %s") % reason[:200])


def _unreadable(detail: str) -> NoReturn:
    raise SignalError("unreadable_file", detail, status=400)
