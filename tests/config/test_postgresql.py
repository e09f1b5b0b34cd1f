"""The question whether a connection still stands."""

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connection, connections
from django.db.backends.postgresql import base
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def hang_up() -> None:
    """The server ends our connection, as a restart does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_stands_is_not_asked(monkeypatch) -> None:
    def ask(_self: Any) -> bool:
        raise AssertionError("a round trip for nothing")

    connection.ensure_connection()
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    assert connection.is_usable()


def test_a_server_that_hung_up_is_noticed() -> None:
    hang_up()
    assert not connection.is_usable()
    connection.close()


def test_the_next_request_gets_a_new_connection() -> None:
    hang_up()
    wrapper: Any = connections["default"]
    wrapper.health_check_enabled, wrapper.health_check_done = True, False  # until it connects anew
    assert Client().get("/readyz").status_code == 200


def test_a_connection_that_broke_in_a_query_is_let_go() -> None:
    wrapper: Any = connections["default"]
    with pytest.raises(OperationalError), wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    close_old_connections()  # what Django does before and after each request
    assert wrapper.connection is None
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
