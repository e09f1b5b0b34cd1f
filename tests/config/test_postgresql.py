"""The question whether a connection still stands."""

from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def hang_up() -> None:
    """The server ends our connection, as a restart does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_stands_is_not_asked(django_assert_num_queries) -> None:
    connection.ensure_connection()
    with django_assert_num_queries(0):
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
