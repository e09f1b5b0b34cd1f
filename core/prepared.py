"""Statements that every call waits for, prepared once a connection (and again after a rollback).

The ORM's statements travel as text with their values in it, so PostgreSQL plans each anew; to find a row
by its key that takes longer than finding it. A prepared one it plans five times, and keeps that plan if it
is no worse. Columns are named and never `*`, so that a new column does not change the shape of a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar

from django.db import NotSupportedError, connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model
from psycopg.types.numeric import Int8Dumper

M = TypeVar("M", bound=Model)
BIGGEST = 2**63 - 1


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that `statement` returns; it counts as a query like any other.

    An integer goes as a bigint, whatever its size. Where nothing else in the statement tells the type of
    a value that may be null, it has to be cast.
    """
    [found] = rows_of_each([statement], values)
    return found


def rows_of_each(statements: Sequence[str], values: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
    """The rows of several, no two the same, in one trip: each sees what was committed before it began."""
    given = {name: _within_reach(value) for name, value in values.items()}
    try:
        return _ask(statements, given)
    except NotSupportedError:
        # A migration changed the type of a column under the plan. In a transaction the rollback forgets it.
        if connection.in_atomic_block:
            raise
        connection.close()
        return _ask(statements, given)


def _within_reach(value: Any) -> Any:
    """No id is that large: it is looked for at the end, where none is."""
    return max(-BIGGEST, min(value, BIGGEST)) if isinstance(value, int) else value


def _ask(statements: Sequence[str], values: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
    # Django's own cursor for its wrapper: connected and in good health, it counts and translates errors.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        planned = [_planned(connection.connection, statement) for statement in statements]
        with connection.connection.pipeline() if len(statements) > 1 else nullcontext():
            for one, statement in zip(planned, statements, strict=True):
                cursor.cursor = one
                cursor.execute(statement, values)
        return [one.fetchall() for one in planned]


def _planned(raw: Any, statement: str) -> _Planned:
    """The statement's cursor, which stays with its connection: to learn its types anew is half the work."""
    kept: dict[str, _Planned] = raw.__dict__.setdefault("planned_cursors", {})
    if statement not in kept:
        kept[statement] = _Planned(raw)
    return kept[statement]


class _Planned(ServerBindingCursor):
    connection: Any  # psycopg's own
    adapters: Any
    fetchall: Callable[[], list[tuple[Any, ...]]]

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)  # type: ignore[call-arg]  # stubs
        self.adapters.register_dumper(int, Int8Dumper)  # one plan, not one for each size of number

    def close(self) -> None:
        """Not before its connection."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Prepared at its first use. Off for others: psycopg would count them, and so keep their texts."""
        self.connection.prepare_threshold = 0
        try:
            done = super().execute(query, params, **options)  # type: ignore[misc]  # stubs
        finally:
            self.connection.prepare_threshold = None
        self._query = SimpleNamespace(query=query.encode())  # for the log; kept of unprepared ones only
        return done


@cache
def columns_of(model: type[Model], alias: str) -> str:
    """All columns of the model, for a SELECT or RETURNING of rows that `made` takes."""
    if any(hasattr(field, "from_db_value") for field in model._meta.concrete_fields):
        raise TypeError(f"{model} has a column that only the ORM can read")
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def made(model: type[M], row: Sequence[Any]) -> M:
    """The model instance of a row of `columns_of`, as if the ORM had read it."""
    return model.from_db("default", _names(model), row)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
