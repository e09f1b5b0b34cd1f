"""Prices from files into PriceSnapshot, and from there into CurrentPrice; all of it set-based."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BufferedReader
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from cards.bulk_files import (
    LONGEST_LINE,
    BadRow,
    BadRows,
    Place,
    bulk_rows,
    first_byte,
    readable,
    unreadable,
)
from cards.errors import CardError
from cards.models import Finish
from cards.printings import RefusedRow, is_digital, price_of, prices_of, printing_of, scryfall_id_of
from core.clock import database_today

SCRYFALL, CSV = "scryfall", "csv"  # sources, as PRICE_SOURCES names them
_LOCK = 0x7072_6963  # any number that is ours alone: imports of cards and prices take turns
_COLUMNS = ("scryfall_id", "finish", "day", "price")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")

STAGE_PRICES = """
    CREATE TEMPORARY TABLE staged_price (
        scryfall_id uuid, finish text, day date, price numeric,
        place bigint GENERATED ALWAYS AS IDENTITY
    ) ON COMMIT DROP
"""
_COPY = f"COPY staged_price ({', '.join(_COLUMNS)}) FROM STDIN"
# The last of several prices of one day counts.
_MATCH = """
    CREATE TEMPORARY TABLE matched_price ON COMMIT DROP AS
    SELECT DISTINCT ON (card.id, staged.finish, day) card.id AS card_id, staged.finish, day, price
    FROM staged_price staged
    JOIN cards_card card
      ON card.scryfall_id = staged.scryfall_id AND staged.finish = ANY (card.finishes)
    ORDER BY card.id, staged.finish, day, place DESC
"""
_UNMATCHED = """
    SELECT staged.scryfall_id::text, staged.finish, count(*) OVER ()
    FROM staged_price staged
    LEFT JOIN cards_card card
      ON card.scryfall_id = staged.scryfall_id AND staged.finish = ANY (card.finishes)
    WHERE card.id IS NULL
    GROUP BY staged.scryfall_id, staged.finish
    ORDER BY min(place) LIMIT 20
"""
_RECORD = """
    WITH written AS (
        INSERT INTO cards_pricesnapshot (card_id, finish, source, day, price)
        SELECT card_id, finish, %(source)s, day, matched.price
        FROM matched_price matched
        LEFT JOIN (SELECT * FROM cards_pricesnapshot WHERE source = %(source)s) known
            USING (card_id, finish, day)
        WHERE known.price IS DISTINCT FROM matched.price
        ON CONFLICT (card_id, finish, source, day) DO UPDATE SET price = excluded.price
        RETURNING xmax = 0 AS created
    )
    SELECT (SELECT count(*) FROM matched_price), count(*) FILTER (WHERE created),
           count(*) FILTER (WHERE NOT created)
    FROM written
"""
# One descent of the unique index for each source until one has a price, however long the history.
_REFRESH = """
    INSERT INTO cards_currentprice (card_id, finish, source, day, price)
    SELECT card_id, finish, newest.source, newest.day, newest.price
    FROM (SELECT DISTINCT card_id, finish FROM matched_price) pair
    CROSS JOIN LATERAL (
        SELECT listed.source, snapshot.day, snapshot.price
        FROM unnest(%s::text[]) WITH ORDINALITY AS listed (source, rank)
        CROSS JOIN LATERAL (
            SELECT day, price FROM cards_pricesnapshot
            WHERE card_id = pair.card_id AND finish = pair.finish AND source = listed.source
            ORDER BY day DESC LIMIT 1
        ) snapshot
        ORDER BY listed.rank LIMIT 1
    ) newest
    LEFT JOIN cards_currentprice known USING (card_id, finish)
    WHERE (known.source, known.day, known.price)
          IS DISTINCT FROM (newest.source, newest.day, newest.price)
    ON CONFLICT (card_id, finish) DO UPDATE
    SET source = excluded.source, day = excluded.day, price = excluded.price
"""


@dataclass(slots=True)
class PriceReport:
    """What became of a file's prices."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    without_price: int = 0  # rows that say 0: so exports write that there is none
    unknown: int = 0  # cards and finishes that the catalogue does not have
    first_unknown: list[tuple[str, str]] = field(default_factory=list)  # scryfall id, finish
    bad: BadRows = field(default_factory=BadRows)


@transaction.atomic
def import_prices(*, file: BufferedReader, day: date, source: str = "", strict: bool = False) -> PriceReport:
    """Write the prices of a file: CSV (scryfall_id, finish, day, price) or Scryfall bulk data.

    `day` is that of bulk data, which names none; `source` is "csv" or "scryfall" unless given.
    Late prices are as welcome as new ones, and the same file again changes nothing. Bad rows are
    left out and reported; `strict` refuses the file for them. Raises CardError 400
    `unreadable_file`, `rows_refused`, `source_invalid`; then nothing has changed.
    """
    if source and not _SOURCE.fullmatch(source):
        raise CardError("source_invalid", _("A source is a short word: a–z, 0–9, - and _."), status=400)
    report = PriceReport()
    with connection.cursor() as cursor, readable(file) as content:
        take_turn(cursor)
        cursor.execute(STAGE_PRICES)
        is_table = first_byte(content).isalpha() or first_byte(content) == b'"'
        # Asked before the COPY begins: during it the connection answers nothing else.
        last_day = database_today() + timedelta(days=1)  # it is already tomorrow somewhere
        rows = _table_rows(content, last_day, report) if is_table else _bulk_rows(content, day, report)
        with cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
        report.bad.refuse(good=report.read, strict=strict)
        record_staged_prices(cursor, source or (CSV if is_table else SCRYFALL), report)
    return report


def take_turn(cursor: Any) -> None:
    """Wait until no other import of cards or prices runs; two would meet on the same rows."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def record_staged_prices(cursor: Any, source: str, report: PriceReport) -> None:
    """Make snapshots of `source` from the staged prices and renew the current prices they touch."""
    cursor.execute("ANALYZE staged_price")
    cursor.execute(_UNMATCHED)
    unmatched = cursor.fetchall()
    report.unknown = unmatched[0][2] if unmatched else 0
    report.first_unknown = [(scryfall_id, finish) for scryfall_id, finish, _count in unmatched]
    cursor.execute(_MATCH)
    cursor.execute("ANALYZE matched_price")
    cursor.execute(_RECORD, {"source": source})
    different, report.created, report.updated = cursor.fetchone()
    report.unchanged = different - report.created - report.updated
    cursor.execute(_REFRESH, [settings.PRICE_SOURCES])
    cursor.execute("DROP TABLE staged_price, matched_price")  # another import may follow before the commit


def _bulk_rows(content: BufferedReader, day: date, report: PriceReport) -> Iterator[tuple[Any, ...]]:
    for place, row in bulk_rows(content):
        if is_digital(row):
            continue
        try:
            printing = printing_of(row)
            prices = prices_of(row, printing.finishes)
        except RefusedRow as refusal:
            report.bad.add(BadRow(place, refusal.code, refusal.detail))
            continue
        report.read += 1
        for finish, price in zip(Finish.values, prices, strict=True):
            if price is not None:
                yield printing.scryfall_id, finish, day, price


def _table_rows(content: BufferedReader, last_day: date, report: PriceReport) -> Iterator[tuple[Any, ...]]:
    lines = (line.decode() for line in iter(lambda: content.readline(LONGEST_LINE), b""))
    table = csv.reader(lines)
    try:
        columns = _columns(next(table))
        for cells in table:
            if not "".join(cells).strip():
                continue
            try:
                row = _price_row([cells[at].strip() if at < len(cells) else "" for at in columns], last_day)
            except RefusedRow as refusal:
                report.bad.add(BadRow(Place(table.line_num), refusal.code, refusal.detail))
                continue
            report.read += 1
            if row[-1] is None:
                report.without_price += 1
            else:
                yield row
    except UnicodeDecodeError:
        unreadable(_("Line %s is not UTF-8.") % (table.line_num + 1))
    except csv.Error as error:
        unreadable(_("Line %(line)s is not CSV: %(error)s") % {"line": table.line_num, "error": error})


def _columns(header: list[str]) -> list[int]:
    """Where each of our columns stands in the file."""
    names = [name.strip().lower() for name in header]
    missing = [column for column in _COLUMNS if column not in names]
    if missing:
        needed = {"needed": ", ".join(_COLUMNS), "missing": ", ".join(missing)}
        unreadable(_("The first line must name the columns %(needed)s; missing: %(missing)s.") % needed)
    return [names.index(column) for column in _COLUMNS]


def _price_row(cells: list[str], last_day: date) -> tuple[str, str, date, Decimal | None]:
    scryfall_id, finish, day, price = cells
    if finish not in Finish.values:
        raise RefusedRow("finish_unknown", _("finish: %r is none of nonfoil, foil, etched") % finish)
    return scryfall_id_of(scryfall_id), finish, _day(day, last_day), price_of(price)


def _day(text: str, last: date) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise RefusedRow("day_invalid", _("day: %r is not a day such as 2026-05-15") % text) from None
    if day > last:
        # It would be the newest price until then, whatever comes in.
        raise RefusedRow("day_in_future", _("day: %r has not come yet") % text)
    return day
