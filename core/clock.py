"""The one "now" of every rule: the database's clock, plus an offset for tests and `--as-of`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Func, Value

# One offset for the process, not one a thread: a race test moves the clock for all its threads.
_offset = timedelta()


def database_now() -> datetime:
    """The time as PostgreSQL tells it at this very moment (UTC, aware).

    `clock_timestamp()` and not `now()`: read after a lock was waited for, it is the time of the
    decision, while `now()` would be the time the transaction began.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return cast(datetime, moment) + _offset


def database_clock() -> ExpressionWrapper[Any]:
    """`database_now()` as an expression, to be read along with other columns in one query."""
    clock = Func(function="clock_timestamp", output_field=DateTimeField())
    return ExpressionWrapper(clock + Value(_offset), output_field=DateTimeField())


def clock_offset() -> timedelta:
    """How far the clock is moved, for statements that write `clock_timestamp()` themselves."""
    return _offset


def database_today() -> date:
    """The UTC date of `database_now()`."""
    return database_now().date()


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Run the block as if it were `moment`; the clock keeps ticking from there."""
    with clock_moved(moment - database_now()):
        yield


@contextmanager
def clock_moved(by: timedelta) -> Iterator[None]:
    """Run the block with the clock moved by `by`, on top of any move already made."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before
