"""Guests of the embedded servers: they come, share, die, and the last one turns off the light."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
import redis

from tests.config.conftest import Checkout, line_of, within


def answers(urls: list[str]) -> bool:
    database_url, redis_url = urls
    try:
        with psycopg.connect(database_url), redis.Redis.from_url(redis_url) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_a_guest_brings_servers_and_takes_them_along(checkout: Checkout) -> None:
    guest, urls = checkout.guest()
    assert answers(urls)
    assert len(checkout.processes()) > 5  # so that none is news
    guest.communicate("")
    assert within(5, lambda: checkout.processes() == set()), checkout.log()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_a_guest_ends_nothing_is_left(checkout: Checkout, how: int) -> None:
    guest, urls = checkout.guest()
    assert answers(urls)
    assert len(checkout.processes()) > 5
    guest.send_signal(how)
    guest.communicate()
    assert within(5, lambda: checkout.processes() == set()), checkout.log()


def test_guests_at_once_share_servers_until_the_last_has_left(checkout: Checkout) -> None:
    starting = [checkout.start("manage.py", "attach") for _ in range(3)]
    urls = [line_of(guest).split() for guest in starting]
    assert urls == [urls[0]] * 3

    first, second, last = starting
    first.kill()
    second.communicate("")
    assert not within(1, lambda: not answers(urls[0]))
    last.communicate("")
    assert within(5, lambda: checkout.processes() == set()), checkout.log()


def test_a_guest_who_comes_while_they_stop_gets_new_ones(checkout: Checkout) -> None:
    guest, urls = checkout.guest()
    guest.communicate("")
    _, again = checkout.guest()
    assert again == urls
    assert answers(again)


def test_what_was_written_is_there_next_time(checkout: Checkout) -> None:
    guest, (database_url, redis_url) = checkout.guest()
    with psycopg.connect(database_url) as connection, redis.Redis.from_url(redis_url) as client:
        connection.execute("CREATE TABLE kept AS SELECT 'card' AS name")
        client.set("kept", "job")
    guest.communicate("")
    _, (database_url, redis_url) = checkout.guest()
    with psycopg.connect(database_url) as connection, redis.Redis.from_url(redis_url) as client:
        assert connection.execute("SELECT name FROM kept").fetchall() == [("card",)]
        assert client.get("kept") == b"job"


@pytest.mark.parametrize("victim", ["bin/postgres -D", "valkey-server", "guard.py"])
def test_a_fallen_server_is_started_again_where_it_was(checkout: Checkout, victim: str) -> None:
    _, urls = checkout.guest()
    (pid,) = fallen = checkout.processes(victim)
    os.kill(pid, signal.SIGKILL)
    assert within(15, lambda: len(checkout.processes(victim) - fallen) == 1 and answers(urls)), checkout.log()


def test_a_killed_owner_takes_its_servers_along(checkout: Checkout) -> None:
    guest, _ = checkout.guest()
    (owner,) = checkout.processes("config.embedded.owner")
    os.kill(owner, signal.SIGKILL)
    assert within(5, lambda: checkout.processes() == {guest.pid}), checkout.log()
    _, again = checkout.guest()
    assert answers(again)


def test_the_database_speaks_the_same_everywhere(checkout: Checkout) -> None:
    _, (database_url, _) = checkout.guest()
    with psycopg.connect(database_url) as connection:
        assert connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale, current_setting('listen_addresses')"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone() == ("UTF8", "b", "C.UTF-8", "")


def test_given_urls_are_left_alone(checkout: Checkout) -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache/0"}
    output, _ = checkout.start("manage.py", "attach", **given).communicate("")
    assert output.split() == list(given.values())
    assert not checkout.home.exists()


def test_only_the_missing_url_is_filled_in(checkout: Checkout) -> None:
    output, _ = checkout.start("manage.py", "attach", REDIS_URL="redis://cache/0").communicate("")
    database_url, redis_url = output.split()
    assert redis_url == "redis://cache/0"
    assert database_url.startswith("postgresql://tradepost@/tradepost?host=/")


def test_throwaway_servers_promise_nothing_and_leave_nothing(checkout: Checkout) -> None:
    test_run = checkout.start("throwaway.py")
    urls = line_of(test_run).split()
    with psycopg.connect(urls[0]) as connection:
        assert connection.execute("SELECT current_setting('fsync')").fetchone() == ("off",)
    test_run.communicate("\n")
    assert checkout.processes() == set()
    assert list(checkout.home.iterdir()) == []


def test_a_killed_test_run_leaves_nothing(checkout: Checkout) -> None:
    test_run = checkout.start("throwaway.py")
    assert answers(line_of(test_run).split())
    assert len(checkout.processes()) > 5
    test_run.kill()
    assert within(5, lambda: checkout.processes() == set())
    assert list(checkout.home.iterdir()) == []


def test_a_directory_that_is_too_deep_for_a_socket_is_no_hindrance(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    checkout = Checkout(deep)
    try:
        guest, urls = checkout.guest()
        shelter = (checkout.home / "shelter").readlink()
        assert str(shelter) in urls[0]
        assert answers(urls)
        guest.communicate("")
        assert within(5, lambda: checkout.processes() == set())
        assert not shelter.exists()
    finally:
        checkout.end()
