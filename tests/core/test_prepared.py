"""Statements that are planned once a connection."""

from concurrent.futures import ThreadPoolExecutor, wait

import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.prepared import columns_of, made, rows_of, rows_of_each

pytestmark = pytest.mark.django_db

BY_ID = f"SELECT {columns_of(User, 'u')} FROM accounts_user u WHERE u.id = %(id)s"


def test_a_row_is_the_instance_that_the_orm_reads(alice) -> None:
    [row] = rows_of(BY_ID, {"id": alice.pk})
    found, known = made(User, row), User.objects.get(pk=alice.pk)
    assert found == known
    assert not found._state.adding
    assert {f.attname: getattr(found, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(known, f.attname) for f in User._meta.concrete_fields
    }


def test_it_is_prepared_once_whatever_the_size_of_a_number(alice) -> None:
    for number in (1, 40_000, 2**40, alice.pk):
        rows_of(BY_ID, {"id": number})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            [BY_ID[:40] + "%"],
        )
        assert cursor.fetchall() == [(4,)]


@pytest.mark.parametrize("number", [-(2**63), 2**63, 10**30])
def test_an_id_out_of_reach_is_nobodys(alice, number: int) -> None:
    assert rows_of(BY_ID, {"id": number}) == []


def test_of_other_statements_nothing_is_kept(alice) -> None:
    rows_of(BY_ID, {"id": alice.pk})
    list(User.objects.filter(username="x" * 10_000))
    kept = connection.connection._prepared
    assert not any(b"xxxx" in query for query, _types in [*kept._counts, *kept._names])


@pytest.mark.django_db(transaction=True)
def test_a_migration_under_a_plan_costs_nobody_an_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE planned (word varchar(5)); INSERT INTO planned VALUES ('word')")
    try:
        rows_of("SELECT word FROM planned", {})
        with psycopg.connect(
            **{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
        ) as other:
            other.execute("ALTER TABLE planned ALTER word TYPE varchar(9)")
        assert rows_of("SELECT word FROM planned", {}) == [("word",)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE planned")


def test_it_counts_as_a_query_and_can_be_read_in_the_log(alice) -> None:
    with CaptureQueriesContext(connection) as captured:
        rows_of(BY_ID, {"id": alice.pk})
    [query] = captured.captured_queries
    assert "FROM accounts_user u" in query["sql"]


def test_several_go_together_and_each_counts(alice, bob) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = rows_of_each(
            [BY_ID, "SELECT username FROM accounts_user WHERE id = %(other)s"],
            {
                "id": alice.pk,
                "other": bob.pk,
            },
        )
    assert [made(User, found[0][0]), found[1]] == [alice, [("bob",)]]
    assert len(captured) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("bad", [0, 1], ids=["the first", "the second"])
def test_what_one_of_several_breaks_is_told_and_the_next_call_is_answered(alice, bad: int) -> None:
    statements = [BY_ID, BY_ID]
    statements[bad] = "SELECT 1 / (%(id)s - %(id)s)"
    for _ in range(2):
        with pytest.raises(DataError), transaction.atomic():
            rows_of_each(statements, {"id": alice.pk})
        assert len(rows_of(BY_ID, {"id": alice.pk})) == 1


@pytest.mark.django_db(transaction=True)
def test_the_second_sees_what_came_while_the_first_waited(alice) -> None:
    """As a message that waits for a block has to: the block's lock, then what it wrote."""
    lock = "SELECT id FROM accounts_user WHERE id = %(id)s FOR NO KEY UPDATE"
    read = "SELECT email FROM accounts_user WHERE id = %(id)s"
    parameters = {**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}
    with psycopg.connect(**parameters) as other, ThreadPoolExecutor(1) as pool:
        other.execute("UPDATE accounts_user SET email = 'new' WHERE id = %s", [alice.pk])
        asked = pool.submit(_in_a_thread, [lock, read], {"id": alice.pk})
        while not _is_waited_for(other):
            assert not wait([asked], timeout=0.01).done
        other.commit()
        assert asked.result(5)[1] == [("new",)]


def _in_a_thread(statements: list[str], values: dict[str, int]) -> list[list[tuple[object, ...]]]:
    try:
        with transaction.atomic():
            return rows_of_each(statements, values)
    finally:
        connection.close()


def _is_waited_for(other: psycopg.Connection[tuple[object, ...]]) -> bool:
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return other.execute(waiting).fetchone() is not None
