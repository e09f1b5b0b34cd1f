"""What `bin/run` becomes: everything up, everything again after a fall, nothing left behind."""

import os
import signal
import socket
import subprocess
import urllib.request

import pytest

from tests.config.conftest import SOON, STARTED, Checkout, within

SLOW = pytest.mark.slow
RUN = ("-m", "config.embedded.runner")
POOL = 2  # children of the stand-in for Celery, in the worker and in beat


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serves(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start_run(checkout: Checkout) -> tuple[subprocess.Popen[str], int]:
    """A complete run and its port: web, worker and beat, and the servers behind them."""
    port = free_port()
    run = checkout.start(*RUN, PORT=str(port))
    assert within(STARTED, lambda: is_complete(checkout, port)), checkout.log()
    return run, port


def is_complete(checkout: Checkout, port: int) -> bool:
    celery = checkout.processes("-m celery")
    return len(celery) == 2 * (1 + POOL) and serves(port)


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=SLOW), signal.SIGINT])
def test_however_it_ends_nothing_is_left(checkout: Checkout, how: int) -> None:
    run, _ = start_run(checkout)
    run.send_signal(how)
    assert run.wait(30) == (-how if how == signal.SIGKILL else 0)
    assert within(SOON, lambda: checkout.processes() == set()), checkout.log()


@SLOW
@pytest.mark.parametrize(
    "victim", ["-m daphne", "-A config worker", "bin/postgres -D", "config.embedded.owner"]
)
def test_whatever_falls_is_back_within_15_seconds(checkout: Checkout, victim: str) -> None:
    run, port = start_run(checkout)
    fallen = checkout.processes(victim)
    os.kill(min(fallen), signal.SIGKILL)
    assert within(15, lambda: checkout.processes(victim) - fallen and is_complete(checkout, port))
    assert checkout.processes(victim) & fallen == set()
    assert run.poll() is None


def test_another_command_may_stay_longer(checkout: Checkout) -> None:
    guest, urls = checkout.guest()
    run, _ = start_run(checkout)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate()
    assert output.splitlines()[-2:] == [
        "run     | PostgreSQL and Valkey stay: another command uses them",
        "run     | stopped",
    ]
    assert guest.pid in checkout.processes()
    assert checkout.guest()[1] == urls


def test_it_runs_once_in_a_checkout(checkout: Checkout) -> None:
    start_run(checkout)
    second = checkout.start(*RUN, PORT=str(free_port()))
    assert second.communicate()[0] == "bin/run: already running in this checkout\n"
    assert second.returncode == 1


def test_a_taken_port_is_one_line(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = checkout.start(*RUN, PORT=str(port))
        assert run.communicate()[0] == f"bin/run: port {port} is taken; set PORT to another one\n"
    assert run.returncode == 1


@pytest.mark.parametrize("port", ["0", "65536", "http", "8000 "])
def test_an_impossible_port_is_one_line(checkout: Checkout, port: str) -> None:
    run = checkout.start(*RUN, PORT=port)
    assert run.communicate()[0] == f"bin/run: PORT is {port!r}, it must be a number from 1 to 65535\n"
    assert run.returncode == 1


def test_the_demo_is_seeded_once(checkout: Checkout) -> None:
    for _ in range(2):
        run, _ = start_run(checkout)
        run.send_signal(signal.SIGTERM)
        run.wait()
    assert (checkout.path / "commands").read_text().split() == ["migrate", "seeddemo", "migrate"]


def test_an_interrupted_seeding_is_not_taken_for_a_demo(checkout: Checkout) -> None:
    (checkout.path / "manage.py").write_text("import sys, time; time.sleep(60 * (sys.argv[1] == 'seeddemo'))")
    run = checkout.start(*RUN, PORT=str(free_port()))
    assert within(STARTED, lambda: checkout.processes("seeddemo")), checkout.log()
    run.send_signal(signal.SIGINT)
    assert run.communicate()[0].splitlines()[-2:] == [
        "run     | seeding the demo, this once",
        "run     | stopped",
    ]
    assert not (checkout.home / "seeded").exists()
    assert checkout.processes() == set()


@SLOW
def test_a_database_of_your_own_is_not_seeded(checkout: Checkout) -> None:
    _, (database_url, redis_url) = checkout.guest()
    run = checkout.start(*RUN, PORT=str(free_port()), DATABASE_URL=database_url, REDIS_URL=redis_url)
    assert within(STARTED, lambda: len(checkout.processes("-m celery")) == 6), checkout.log()
    run.send_signal(signal.SIGTERM)
    run.wait()
    assert (checkout.path / "commands").read_text().split() == ["migrate"]


def test_a_failing_migration_stops_it(checkout: Checkout) -> None:
    (checkout.path / "manage.py").write_text("raise SystemExit('no such column')")
    run = checkout.start(*RUN, PORT=str(free_port()))
    output, _ = run.communicate()
    assert output.splitlines()[-2:] == [
        "migrate | no such column",
        f"bin/run: migrate failed; see {checkout.home / 'log' / 'migrate.log'}",
    ]
    assert run.returncode == 1
    assert checkout.processes() == set()
