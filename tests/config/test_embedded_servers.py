"""Guests of the embedded servers: they come, share, die, and the last one turns off the light."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.config.conftest import ROOT, SOON, Checkout, checkout_at, line_of, within

SLOW = pytest.mark.slow


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
    assert within(SOON, lambda: checkout.processes() == set()), checkout.log()


@pytest.mark.parametrize(
    "how",
    [signal.SIGKILL, pytest.param(signal.SIGINT, marks=SLOW), pytest.param(signal.SIGTERM, marks=SLOW)],
)
def test_however_a_guest_ends_nothing_is_left(checkout: Checkout, how: int) -> None:
    guest, urls = checkout.guest()
    assert answers(urls)
    assert len(checkout.processes()) > 5
    guest.send_signal(how)
    guest.communicate()
    assert within(SOON, lambda: checkout.processes() == set()), checkout.log()


def test_guests_at_once_share_servers_until_the_last_has_left(checkout: Checkout) -> None:
    starting = [checkout.start("manage.py", "attach") for _ in range(3)]
    urls = [line_of(guest).split() for guest in starting]
    assert urls == [urls[0]] * 3

    first, second, last = starting
    first.kill()
    second.communicate("")
    assert not within(1, lambda: not answers(urls[0]))
    last.communicate("")
    assert within(SOON, lambda: checkout.processes() == set()), checkout.log()


@SLOW
def test_a_guest_who_comes_while_they_stop_gets_new_ones(checkout: Checkout) -> None:
    guest, urls = checkout.guest()
    guest.communicate("")
    _, again = checkout.guest()
    assert again == urls
    assert answers(again)


@SLOW
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


@SLOW
@pytest.mark.parametrize("victim", ["bin/postgres -D", "valkey-server", "guard.py"])
def test_a_fallen_server_is_started_again_where_it_was(checkout: Checkout, victim: str) -> None:
    _, urls = checkout.guest()
    (pid,) = fallen = checkout.processes(victim)
    os.kill(pid, signal.SIGKILL)
    assert within(15, lambda: len(checkout.processes(victim) - fallen) == 1 and answers(urls)), checkout.log()


@SLOW
def test_a_killed_owner_takes_its_servers_along(checkout: Checkout) -> None:
    guest, _ = checkout.guest()
    (owner,) = checkout.processes("config.embedded.owner")
    os.kill(owner, signal.SIGKILL)
    assert within(SOON, lambda: checkout.processes() == {guest.pid}), checkout.log()
    _, again = checkout.guest()
    assert answers(again)


@SLOW
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
    assert checkout.log() == ""


@SLOW
def test_only_the_missing_url_is_filled_in(checkout: Checkout) -> None:
    output, _ = checkout.start("manage.py", "attach", REDIS_URL="redis://cache/0").communicate("")
    sockets = checkout.home / "sockets"
    assert output.split() == [f"postgresql://tradepost@/tradepost?host={sockets}", "redis://cache/0"]


def test_throwaway_servers_promise_nothing_and_leave_nothing(checkout: Checkout) -> None:
    test_run = checkout.start("throwaway.py")
    urls = line_of(test_run).split()
    with psycopg.connect(urls[0]) as connection:
        assert connection.execute("SELECT current_setting('fsync')").fetchone() == ("off",)
    test_run.communicate("\n")
    assert checkout.processes() == set()
    assert list(checkout.home.glob("tests-*")) == []


def test_a_killed_test_run_leaves_nothing(checkout: Checkout) -> None:
    test_run = checkout.start("throwaway.py")
    assert answers(line_of(test_run).split())
    assert len(checkout.processes()) > 5
    test_run.kill()
    assert within(SOON, lambda: checkout.processes() == set())
    assert list(checkout.home.glob("tests-*")) == []


@SLOW
def test_a_directory_that_is_too_deep_for_a_socket_is_no_hindrance(checkout: Checkout) -> None:
    deep = checkout.path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    expect_shelter(deep)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as somebody else")
def test_a_directory_that_nobody_may_enter_is_no_hindrance(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    expect_shelter(tmp_path)


def expect_shelter(path: Path) -> None:
    with checkout_at(path) as checkout:
        guest, urls = checkout.guest()
        shelter = (checkout.home / "shelter").readlink()
        assert urls[0] == f"postgresql://tradepost@/tradepost?host={shelter}"
        assert answers(urls)
        guest.communicate("")
        assert within(SOON, lambda: checkout.processes() == set())
        assert not shelter.exists()


def test_a_shelter_is_cleared_away_when_its_owner_could_not(checkout: Checkout) -> None:
    lost = checkout.path / "lost"
    lost.mkdir()
    (checkout.home / "shelter").symlink_to(lost)
    checkout.guest()
    assert not lost.exists()


def test_trouble_is_one_line(checkout: Checkout) -> None:
    data = checkout.home / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9.6\n")
    guest = checkout.start("manage.py", "attach")
    assert guest.communicate("")[0] == (
        f"embedded servers: {data} was made by PostgreSQL 9.6, not 18: move it away\n"
    )
    assert guest.returncode == 1


def test_it_is_light_and_comes_before_the_settings() -> None:
    heavy = "{'django', 'celery', 'psycopg', 'redis'}"
    program = f"import sys, config.embedded; sys.exit(str({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "set()\n"
