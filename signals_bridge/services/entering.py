"""Calls from outside: thousands at once, all or none, and the same ones again change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from signals_bridge.errors import SignalError
from signals_bridge.models import Publisher, Source
from signals_bridge.rows import Call, RowError, RowReader
from signals_bridge.services.registering import check_source_name, register_source

MOST_SIGNALS = 5_000  # in one batch by the API
_COLUMNS = (
    *("place", "external_id", "card_id", "scryfall_id", "finish", "action", "price_at_issue"),
    *("target_price", "confidence", "rationale", "issued_at", "valid_until"),
)
_STAGE = """
    CREATE TEMPORARY TABLE staged_signal (
        place bigint, external_id text, card_id bigint, scryfall_id uuid, finish text, action text,
        price_at_issue numeric, target_price numeric, confidence numeric, rationale text,
        issued_at timestamptz, valid_until timestamptz
    ) ON COMMIT DROP
"""
_COPY = f"COPY staged_signal ({', '.join(_COLUMNS)}) FROM STDIN"
_NAME_CARDS = """
    UPDATE staged_signal staged SET card_id = card.id
    FROM cards_card card WHERE card.scryfall_id = staged.scryfall_id
"""
# What a call says; a second one under the same id must say exactly this.
_SAID = (
    *("card_id", "finish", "action", "price_at_issue", "target_price", "confidence", "rationale"),
    *("issued_at", "valid_until"),
)
_WRONG = """
    SELECT place, wrong, count(*) OVER () FROM (
        SELECT place, CASE
            WHEN card.id IS NULL AND staged.scryfall_id IS NULL THEN 'card'
            WHEN card.id IS NULL THEN 'scryfall_id'
            WHEN staged.finish <> ALL (card.finishes) THEN 'finish'
            WHEN row_number() OVER (PARTITION BY external_id ORDER BY place) > 1 THEN 'twice'
        END AS wrong
        FROM staged_signal staged LEFT JOIN cards_card card ON card.id = staged.card_id
    ) looked_at
    WHERE wrong IS NOT NULL ORDER BY place LIMIT %(most)s
"""
_CHANGED = f"""
    SELECT place, 'changed', count(*) OVER ()
    FROM staged_signal staged
    JOIN signals_bridge_recommendation known
      ON known.source_id = %(source)s AND known.external_id = staged.external_id
    WHERE ({", ".join(f"known.{name}" for name in _SAID)})
          IS DISTINCT FROM ({", ".join(f"staged.{name}" for name in _SAID)})
    ORDER BY place LIMIT %(most)s
"""  # noqa: S608  (the names are the constants above)
_ENTER = f"""
    INSERT INTO signals_bridge_recommendation
        (source_id, external_id, {", ".join(_SAID)}, received_at, status)
    SELECT %(source)s, staged.external_id, {", ".join(f"staged.{name}" for name in _SAID)}, %(now)s, 'active'
    FROM staged_signal staged
    LEFT JOIN signals_bridge_recommendation known
      ON known.source_id = %(source)s AND known.external_id = staged.external_id
    WHERE known.id IS NULL
    ORDER BY place
"""  # noqa: S608  (the names are the constants above)

Row = tuple[int, Any]  # its place in what it came from, and what it says


@dataclass(slots=True)
class ImportReport:
    """What became of the calls of a batch or file."""

    created: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Refusals:
    """How many rows are wrong, and what with them: of a file of nothing else only the first are kept."""

    most: int | None  # rows to tell of
    rows: int = 0
    faults: list[tuple[int, Fault]] = field(default_factory=list)

    def add(self, place: int, faults: Iterable[Fault]) -> None:
        if self.most is None or self.rows < self.most:
            self.faults += [(place, fault) for fault in faults]
        self.rows += 1

    def ask(self, cursor: Any, statement: str, **values: Any) -> None:
        """Add what `statement` finds among the staged rows."""
        cursor.execute(statement, {**values, "most": self.most})
        found = cursor.fetchall()
        self.faults += [(place, _fault(wrong)) for place, wrong, _count in found]
        self.rows += found[0][2] if found else 0

    def refuse(self, code: str, status: int, detail: str) -> None:
        """Raise with pointers into the batch, in the order of the rows, if anything is wrong."""
        if not self.rows:
            return
        faults = [
            Fault(f"/signals/{place}{fault.pointer}", fault.code, fault.detail)
            for place, fault in sorted(self.faults, key=lambda found: found[0])
        ]
        raise SignalError(code, detail, status, faults[: self.most])


@transaction.atomic
def import_signals(
    *, source: str, rows: Iterable[Row], by: User | None, most_faults: int | None = None
) -> ImportReport:
    """Take the calls of `rows` under `source`: all, or none and SignalError with a fault for each bad row.

    A row is its place and what JSON says of it (rows.py); `rows` is read once and never held, so a
    file of any length takes the same memory. `by` None is whoever runs the site; an account needs the
    right to import, and a source that is its own, or new.

    A call that is known by its external id and says the same is counted as unchanged. SignalError:
    400 bad rows (at most `most_faults` are told; None: all), 403 not a publisher or another's
    source, 409 known calls that now say something else.
    """
    owned = _lock_source(source, by)
    now = database_now()  # before the COPY: during it the connection answers nothing else
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        refused = Refusals(most_faults)
        staged = _stage(cursor, rows, now, refused)
        if not staged and not refused.rows:
            detail = _("There is not one signal in it.")
            raise SignalError("empty", detail, status=400, faults=[Fault("/signals", "empty", detail)])
        refused.ask(cursor, _WRONG)
        refused.refuse("invalid", 400, _not_valid(refused.rows))
        refused.ask(cursor, _CHANGED, source=owned.pk)
        refused.refuse("changed", 409, _changed(refused.rows))
        cursor.execute(_ENTER, {"source": owned.pk, "now": now})
        created = cursor.rowcount
        cursor.execute("DROP TABLE staged_signal")  # another import may follow before the commit
    return ImportReport(created=created, unchanged=staged - created)


def _lock_source(name: str, by: User | None) -> Source:
    """The source, made if it is new; imports into one source take turns."""
    publisher = _publisher(by)
    source = Source.objects.select_for_update(no_key=True).filter(name=name).first()
    if source is None:
        check_source_name(name)
        register_source(name=name, publisher=publisher)
        source = Source.objects.select_for_update(no_key=True).get(name=name)
    if source.is_personal or (publisher is not None and source.publisher_id != publisher.pk):
        detail = _("This source is not yours to import into.")
        raise SignalError(
            "not_your_source", detail, status=403, faults=[Fault("/source", "not_your_source", detail)]
        )
    return source


def _publisher(by: User | None) -> Publisher | None:
    if by is None:
        return None
    publisher: Publisher | None = Publisher.objects.filter(user=by, may_import=True).first()
    if publisher is None:
        raise SignalError("not_a_publisher", _("Only publishers import signals."), status=403)
    return publisher


def _stage(cursor: Any, rows: Iterable[Row], now: datetime, refused: Refusals) -> int:
    """Lay the readable rows out in the database; how many they are."""
    count = 0
    with cursor.copy(_COPY) as copy:
        for place, call in _readable(rows, now, refused):
            copy.write_row((place, *_cells(call)))
            count += 1
    cursor.execute(_NAME_CARDS)
    cursor.execute("ANALYZE staged_signal")
    return count


def _readable(rows: Iterable[Row], now: datetime, refused: Refusals) -> Iterator[tuple[int, Call]]:
    reader = RowReader(now)
    for place, row in rows:
        try:
            yield place, reader.read(row)
        except RowError as refusal:
            refused.add(place, refusal.faults)


def _cells(call: Call) -> tuple[Any, ...]:
    return (
        *(call.external_id, call.card_id, call.scryfall_id, call.finish, call.action, call.price),
        *(call.target_price, call.confidence, call.rationale, call.issued_at, call.valid_until),
    )


def _not_valid(rows: int) -> str:
    return ngettext(
        "%(count)s signal is not valid; nothing was imported.",
        "%(count)s signals are not valid; nothing was imported.",
        rows,
    ) % {"count": rows}


def _changed(rows: int) -> str:
    return ngettext(
        "%(count)s signal is known and said something else; nothing was imported.",
        "%(count)s signals are known and said something else; nothing was imported.",
        rows,
    ) % {"count": rows}


def _fault(wrong: str) -> Fault:
    """What only the database could find to be wrong with a row."""
    return {
        "card": Fault("/card", "unknown_card", _("There is no such card.")),
        "scryfall_id": Fault("/scryfall_id", "unknown_card", _("There is no such card.")),
        "finish": Fault("/finish", "unknown_finish", _("This card does not exist in this finish.")),
        "twice": Fault("/external_id", "duplicate", _("This id is in the batch twice.")),
        "changed": Fault(
            "/external_id", "changed", _("A signal of this id is known, and said something else.")
        ),
    }[wrong]
