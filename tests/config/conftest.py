"""A small checkout: our embedded servers as they are, and stand-ins for Django, daphne and Celery."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Seconds, for a machine that has other tests to run; alone it is half of that.
SOON, STARTED = 10, 40

MANAGE = """
import os, sys
if sys.argv[1] == "attach":
    from config.embedded import attach
    attach()
    print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
    sys.stdin.read()
else:
    open("commands", "a").write(sys.argv[1] + " ")
"""
DAPHNE = """
import http.server, sys

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

port = int(sys.argv[sys.argv.index("-p") + 1])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()
"""
# the worst pool a worker can have: children that nobody told to die, and that will not listen
CELERY = """
import os, signal, time
for _ in range(2):
    if not os.fork():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        break
while True:
    time.sleep(1)
"""
THROWAWAY = """
from config.embedded import throwaway_servers
with throwaway_servers() as servers:
    print(*servers, flush=True)
    input()
"""


class Checkout:
    def __init__(self, path: Path) -> None:
        self.path, self.home = path, path / ".local"
        self._started: list[subprocess.Popen[str]] = []
        self._seen: set[int] = set()
        shutil.copytree(ROOT / "config", path / "config")
        for name, text in {
            "manage": MANAGE,
            "daphne": DAPHNE,
            "celery": CELERY,
            "throwaway": THROWAWAY,
        }.items():
            (path / f"{name}.py").write_text(text)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start Python with `command` in this checkout, as a user would in a shell of their own."""
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.path,
            env=inherited | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def guest(self) -> tuple[subprocess.Popen[str], list[str]]:
        """A running `manage.py`, and its [database URL, Redis URL]."""
        guest = self.start("manage.py", "attach")
        return guest, line_of(guest).split()

    def processes(self, words: str = "") -> set[int]:
        """What runs for this checkout, if need be only where the command line holds `words`: what
        names its path, all that is below, and what once was below and lost its parent."""
        listing = subprocess.check_output(["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,command="], text=True)
        rows = [line.split(maxsplit=3) for line in listing.splitlines()]
        alive = {int(row[0]): (int(row[1]), row[-1]) for row in rows if not row[2].startswith("Z")}
        known = self._seen | {process.pid for process in self._started}
        ours = {pid for pid, (_, command) in alive.items() if f"{self.path}/" in command or pid in known}
        while more := {pid for pid, (parent, _) in alive.items() if parent in ours} - ours:
            ours |= more
        self._seen |= ours
        return {pid for pid in ours if words in alive[pid][1]}

    def log(self) -> str:
        return "".join(f"== {log.name}\n{log.read_text()}" for log in self.home.glob("log/*.log"))

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
        within(SOON, lambda: not self.processes())  # tests are guests who clean up
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def within(seconds: float, condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def checkout_at(path: Path) -> Iterator[Checkout]:
    checkout = Checkout(path)
    try:
        yield checkout
    finally:
        checkout.end()


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory() as directory, checkout_at(Path(directory)) as checkout:
        checkout.path.chmod(0o755)  # as a checkout is: root's PostgreSQL, run by nobody, gets in
        checkout.home.mkdir()
        yield checkout
