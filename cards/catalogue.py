"""The catalogue of printings: read from Scryfall's bulk data, streamed into PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BufferedReader
from typing import Any

from django.db import connection, transaction

from cards.bulk_files import BadRow, BadRows, Place, bulk_rows, readable
from cards.price_import import SCRYFALL, STAGE_PRICES, PriceReport, record_staged_prices, take_turn
from cards.printings import Printing, RefusedRow, is_digital, prices_of, printing_of

# Copied into a table without indexes first: then one statement can leave alone what is the same.
_STAGE = """
    CREATE TEMPORARY TABLE staged_card (
        scryfall_id uuid, oracle_id uuid, name text, search_name text, set_code text, set_name text,
        collector_number text, rarity text, languages varchar[], finishes varchar[], image_uri text,
        released_at date, nonfoil numeric, foil numeric, etched numeric,
        place int GENERATED ALWAYS AS IDENTITY
    ) ON COMMIT DROP
"""
_COLUMNS = ", ".join(Printing._fields)
_COPY = f"COPY staged_card ({_COLUMNS}, nonfoil, foil, etched) FROM STDIN"
_CHANGEABLE = [column for column in Printing._fields if column != "scryfall_id"]
# In one order always, and only what differs: a second run writes nothing at all.
_UPSERT = f"""
    WITH latest AS (
        SELECT DISTINCT ON (scryfall_id) * FROM staged_card ORDER BY scryfall_id, place DESC
    ), written AS (
        INSERT INTO cards_card AS card ({_COLUMNS})
        SELECT {", ".join(f"latest.{column}" for column in Printing._fields)}
        FROM latest LEFT JOIN cards_card known USING (scryfall_id)
        WHERE known.id IS NULL
           OR ({", ".join(f"known.{column}" for column in _CHANGEABLE)})
              IS DISTINCT FROM ({", ".join(f"latest.{column}" for column in _CHANGEABLE)})
        ORDER BY scryfall_id
        ON CONFLICT (scryfall_id) DO UPDATE
        SET {", ".join(f"{column} = excluded.{column}" for column in _CHANGEABLE)}
        RETURNING xmax = 0 AS created
    )
    SELECT (SELECT count(*) FROM latest), count(*) FILTER (WHERE created),
           count(*) FILTER (WHERE NOT created)
    FROM written
"""  # noqa: S608 (our own column names)
_TURN_PRICES = """
    INSERT INTO staged_price (scryfall_id, finish, day, price)
    SELECT scryfall_id, finish, %s, price
    FROM staged_card
    CROSS JOIN LATERAL (
        VALUES ('nonfoil', nonfoil), ('foil', foil), ('etched', etched)
    ) AS priced (finish, price)
    WHERE price IS NOT NULL
    ORDER BY place
"""
_MANY = 1_000


@dataclass(slots=True)
class CatalogueReport:
    """What became of a file's cards."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    digital: int = 0  # left out: they exist on screens only
    repeated: int = 0  # the same printing again in one file: the last one counts
    bad: BadRows = field(default_factory=BadRows)
    prices: PriceReport = field(default_factory=PriceReport)


@transaction.atomic
def import_catalogue(*, file: BufferedReader, day: date, strict: bool = False) -> CatalogueReport:
    """Write the printings of a Scryfall bulk file, and its prices as those of `day`.

    JSON array or JSON Lines, plain or gzip; in constant memory. Bad rows are left out and
    reported; `strict` refuses the file for them. Raises CardError 400 `unreadable_file`,
    `rows_refused`; then nothing has changed.
    """
    report = CatalogueReport()
    with connection.cursor() as cursor:
        take_turn(cursor)
        cursor.execute(_STAGE)
        with readable(file) as content, cursor.copy(_COPY) as copy:
            for row in _rows(bulk_rows(content), report):
                copy.write_row(row)
        report.bad.refuse(good=report.read, strict=strict)
        _upsert(cursor, report)
        cursor.execute(STAGE_PRICES)
        cursor.execute(_TURN_PRICES, [day])
        cursor.execute("DROP TABLE staged_card")
        record_staged_prices(cursor, SCRYFALL, report.prices)
    return report


def _rows(found: Iterator[tuple[Place, Any]], report: CatalogueReport) -> Iterator[tuple[Any, ...]]:
    for place, row in found:
        if is_digital(row):
            report.digital += 1
            continue
        try:
            printing = printing_of(row)
            staged = (*printing, *prices_of(row, printing.finishes))
        except RefusedRow as refusal:
            report.bad.add(BadRow(place, refusal.code, refusal.detail))
            continue
        report.read += 1
        yield staged


def _upsert(cursor: Any, report: CatalogueReport) -> None:
    cursor.execute("ANALYZE staged_card")
    cursor.execute(_UPSERT)
    different, report.created, report.updated = cursor.fetchone()
    report.repeated = report.read - different
    report.unchanged = different - report.created - report.updated
    if report.created > _MANY:
        cursor.execute("ANALYZE cards_card")  # the first searches should not wait for autovacuum
