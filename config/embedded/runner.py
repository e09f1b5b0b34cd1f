"""What `bin/run` becomes: web, worker and beat on one console, with the embedded servers if needed."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded.children import Family, Program, StopSignal
from config.embedded.console import Console
from config.embedded.guests import CHECKOUT, HOME, Servers, join, leave, servers_from_environment
from config.embedded.locks import ALONE, FileLock, is_held

LOGS = HOME / "log"
TEMPORARY = HOME / "tmp"  # killed programs leave files behind: here, and gone at the next start
SEEDED = HOME / "seeded"  # there is a demo, and all of it
PULSE = 0.1  # seconds between two looks at the children and their logs
STOP_WITHIN = 8.0  # seconds that a job in the worker has to finish
SIGN_INS = "sign in as alice, bob, mod (moderator) or admin, password tradepost-demo"


def main() -> None:
    try:
        LOGS.mkdir(parents=True, exist_ok=True)
        if not FileLock(HOME / "run.lock").take(ALONE):
            sys.exit("bin/run: already running in this checkout")
        shutil.rmtree(TEMPORARY, ignore_errors=True)
        TEMPORARY.mkdir()
        _run(_free_port(), StopSignal(), Console(LOGS))
    except (OSError, RuntimeError) as trouble:
        sys.exit(f"bin/run: {trouble}")


def _free_port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not (given.isdecimal() and 0 < int(given) < 65536):
        sys.exit(f"bin/run: PORT is {given!r}, it must be a number from 1 to 65535")
    if _listens(int(given)):
        sys.exit(f"bin/run: port {given} is taken; set PORT to another one")
    return int(given)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _run(port: int, stop: StopSignal, console: Console) -> None:
    while not stop:
        with _servers(console) as servers, Family(LOGS, console.say, grace=STOP_WITHIN) as family:
            _Site(servers, port, family, stop, console).serve()
        console.show()
    console.say("stopped")


@contextmanager
def _servers(console: Console) -> Iterator[Servers]:
    if given := servers_from_environment():
        yield given
        return
    console.say("starting PostgreSQL and Valkey")
    console.follow("servers", from_end=True)
    servers, guest = join(HOME)
    try:
        yield servers
    finally:
        if not leave(HOME, guest):
            console.say("PostgreSQL and Valkey stay: another command uses them")


class _Site:
    """One life of the site on one set of servers."""

    def __init__(
        self, servers: Servers, port: int, family: Family, stop: StopSignal, console: Console
    ) -> None:
        self._servers, self._port, self._family = servers, port, family
        self._stop, self._console = stop, console
        self._embedded = servers_from_environment() is None

    def serve(self) -> None:
        """Until asked to stop, or until the servers came back at other addresses."""
        if not self._prepare():
            return
        self._start("web", "daphne", "-b", "127.0.0.1", "-p", str(self._port), "config.asgi:application")
        while self._wait() and not _listens(self._port):
            self._family.tend()
        if self._stop:
            return
        self._console.say(f"Tradepost is at http://localhost:{self._port}/")
        if SEEDED.exists():
            self._console.say(SIGN_INS)
        self._start(
            "worker", "celery", "-q", "-A", "config", "worker", "--concurrency=2", "--loglevel=WARNING"
        )
        self._start("beat", "celery", "-q", "-A", "config", "beat", "--loglevel=WARNING")
        while self._wait() and self._servers_stay():
            self._family.tend()

    def _prepare(self) -> bool:
        """Whether all of it was done: we may be asked to stop meanwhile."""
        self._console.say("migrating")
        if not self._do("migrate", "--noinput", "--verbosity=0"):
            return False
        # Known passwords belong in a database of our own making only.
        if self._embedded and not SEEDED.exists():
            self._console.say("seeding the demo, this once")
            if not self._do("seeddemo"):
                return False
            SEEDED.touch()
        return True

    def _do(self, command: str, *options: str) -> bool:
        done = self._family.run(self._program(command, "manage.py", command, *options), self._wait)
        if not done and not self._stop:
            self._console.show()
            raise RuntimeError(f"{command} failed; see {LOGS / command}.log")
        return done

    def _start(self, name: str, module: str, *arguments: str) -> None:
        self._family.start(self._program(name, "-m", module, *arguments))

    def _program(self, name: str, *command: str) -> Program:
        ours = {"PYTHONUNBUFFERED": "1", "TMPDIR": str(TEMPORARY)}
        environment = {**os.environ, **self._servers.environment(), **ours}
        self._console.follow(name)
        return Program(name=name, command=[sys.executable, *command], cwd=CHECKOUT, env=environment)

    def _wait(self) -> bool:
        """Let a moment pass; False once we are asked to stop."""
        time.sleep(PULSE)
        self._console.show()
        return not self._stop

    def _servers_stay(self) -> bool:
        """Whether they are where they were, if need be started again by a new owner."""
        if not self._embedded or is_held(HOME / "owner.lock"):
            return True
        servers, guest = join(HOME)
        guest.close()  # ours of before still counts
        return servers == self._servers


if __name__ == "__main__":
    main()
