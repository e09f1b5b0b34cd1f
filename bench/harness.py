"""Ours beside its floor: rounds that alternate, medians with their spread, and whose CPU it took.

    figures = compare([Side("ours", call), Side("floor", call)], rounds=5, calls=100)
    report("list API, 20 of 1,000 among 10⁶", figures, at_most=4)

A bench is a module here with a `main()`; `bin/bench NAME` runs it. It works in a database of its
own, on the servers that DATABASE_URL and REDIS_URL name, or on throw-away ones.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil

ROUNDS = 5


@dataclass(frozen=True)
class Side:
    """One of the two that are compared. `prepare` runs before each round, outside the clock."""

    name: str
    call: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    # The servers that work for it, beside this process and PostgreSQL.
    pids: Sequence[int] = ()


@dataclass
class Figures:
    """Per call, one entry a round."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # seconds of servers and PostgreSQL together


def options(description: str | None, *, size: int = 1_000_000, calls: int = 200) -> argparse.Namespace:
    """`--rounds`, `--calls` and `--size`, the last for a quick look at a small market."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=calls, help="calls a round")
    parser.add_argument("--size", type=int, default=size, help="rows of what the bench is about")
    return parser.parse_args()


@contextmanager
def database(name: str) -> Iterator[None]:
    """Django, set up and migrated, on the database `name`; it is made where it is missing and stays."""
    from config.embedded import throwaway_servers

    with throwaway_servers() as servers:
        os.environ.update(servers.environment())
        make_database(name)
        os.environ["DATABASE_URL"] = _at(servers.database_url, name)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        # Settings that were read too early would point at a database which is not ours to change.
        assert connection.settings_dict["NAME"] == name, "settings were read before the bench began"
        call_command("migrate", verbosity=0)
        yield


def make_database(name: str, template: str = "template1") -> None:
    """Make the database `name` unless it is there; from `template`, nobody may be connected to that."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(_at(os.environ["DATABASE_URL"], "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            names = sql.Identifier(name), sql.Identifier(template)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def _at(url: str, name: str) -> str:
    parts = urlsplit(url)
    return f"postgresql://{parts.netloc}/{name}" + (f"?{parts.query}" if parts.query else "")


def compare(sides: Sequence[Side], *, rounds: int = ROUNDS, calls: int = 1) -> dict[str, Figures]:
    """Run each side `calls` times a round, first the one, next round the other first."""
    figures = {side.name: Figures() for side in sides}
    for side in sides:
        side.prepare()
        side.call()  # what is made once, by the first call, is nobody's time
    for number in range(rounds):
        for side in sides if number % 2 else reversed(sides):
            side.prepare()
            _run(side, calls, figures[side.name])
    return figures


def _run(side: Side, calls: int, figures: Figures) -> None:
    own, server, postgres = time.process_time(), _cpu_of(side.pids), _cpu_of(postgres_pids())
    start = time.perf_counter()
    for _ in range(calls):
        side.call()
    seconds = time.perf_counter() - start
    # Where servers do the work, this process is only the client: its time is not theirs.
    working = _cpu_of(side.pids) - server if side.pids else time.process_time() - own
    figures.seconds.append(seconds / calls)
    figures.cpu.append((working + _cpu_of(postgres_pids()) - postgres) / calls)


def postgres_pids() -> list[int]:
    """The backends of this bench's database; its connections must outlive a round to be counted."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


def _cpu_of(pids: Iterable[int]) -> float:
    """Seconds of CPU that the processes and their children have used so far."""
    total = 0.0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                times = one.cpu_times()
                total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total


def report(title: str, figures: dict[str, Figures], *, at_most: float) -> bool:
    """Print both, and the ratio of the first to the second; whether it is `at_most`."""
    print(title)
    for name, of in figures.items():
        cpu = statistics.median(of.cpu) * 1000
        print(f"  {name:<6} {_spread([s * 1000 for s in of.seconds])} ms a call, {cpu:.2f} ms of CPU")
    ours, floor = (of.seconds for of in figures.values())
    ratios = [one / other for one, other in zip(ours, floor, strict=True)]
    kept = statistics.median(ratios) <= at_most
    print(f"  ratio  {_spread(ratios)}, at most {at_most:g} wanted: {'kept' if kept else 'MISSED'}")
    return kept


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
