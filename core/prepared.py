"""Statements that every call waits for, planned once a connection.

The ORM's statements travel as text with their values in it, so PostgreSQL plans each anew; to find a row
by its key that takes longer than finding it. Columns are named and never `*`: the shape of a plan must not
change under a connection that is older than the last migration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model
from psycopg.types.numeric import Int8Dumper

M = TypeVar("M", bound=Model)
BIGGEST = 2**63 - 1


class _Planned(ServerBindingCursor):
    """Parameters travel beside the statement, which `prepare_threshold` in the settings has prepared."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        done = super().execute(query, params, **options)  # type: ignore[misc]  # stubs
        self._query = SimpleNamespace(query=query.encode())  # for the log; kept of unprepared ones only
        return done


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that `statement` returns; it counts as a query like any other.

    An integer goes as a bigint, whatever its size. Where nothing else in the statement tells the type of
    a value that may be null, it has to be cast.
    """
    with connection.cursor() as cursor:
        planned: Any = _Planned(connection.connection)  # type: ignore[call-arg]  # stubs
        planned.adapters.register_dumper(int, Int8Dumper)  # one plan, not one for each size of number
        cursor.cursor = planned
        cursor.execute(statement, {name: _within_reach(value) for name, value in values.items()})
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _within_reach(value: Any) -> Any:
    """No id is that large; as a bigint it could not even be asked for."""
    return Decimal(value) if isinstance(value, int) and not -BIGGEST <= value <= BIGGEST else value


@cache
def columns_of(model: type[Model], alias: str) -> str:
    """All columns of the model, for a SELECT or RETURNING of rows that `made` takes."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def made(model: type[M], row: Sequence[Any]) -> M:
    """The model instance of a row of `columns_of`, as if the ORM had read it."""
    return model.from_db("default", _names(model), row)


@cache
def _names(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
