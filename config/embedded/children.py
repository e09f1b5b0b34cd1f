"""Programs that are kept running, and that never outlive the process that started them."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, Self

GUARD = Path(__file__).with_name("guard.py")
FIRST_DELAY, LONGEST_DELAY = 0.25, 4.0  # seconds before a fallen program is started again
STEADY = 10.0  # seconds after which a program's earlier falls are forgotten

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Account(NamedTuple):
    user: int
    group: int


def as_account(account: Account | None) -> dict[str, Any]:
    """What `subprocess` needs to be told to run something as `account`; None: as whoever we are."""
    return {**account._asdict(), "extra_groups": []} if account else {}


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command, who runs it, and the signals that end it: when asked, and when its owner has died."""

    name: str
    command: list[str]
    cwd: Path
    env: Mapping[str, str] | None = None
    account: Account | None = None
    stop: int = signal.SIGTERM
    death: int = signal.SIGKILL


class StopSignal:
    """True once Ctrl-C, SIGTERM or a closed terminal asked this process to stop."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def __bool__(self) -> bool:
        return self._asked


class _Child:
    """A program and its present process, in a session of its own."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program, self._log, self._falls = program, log, 0
        if log.exists():
            log.replace(log.with_suffix(".log.1"))  # one run a file, and the one before
        self.start()

    def start(self) -> None:
        self._started, self.due = time.monotonic(), 0.0
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command,
                cwd=self.program.cwd,
                env=self.program.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # runs after the change of user, which would clear the signal
                preexec_fn=partial(_die_with, os.getpid(), self.program.death),
                **as_account(self.program.account),
            )

    def runs(self) -> bool:
        return self.process.poll() is None

    def fall(self) -> float:
        """Note that it ended; the seconds until it shall be started again."""
        now = time.monotonic()
        self._falls = 1 if now - self._started > STEADY else self._falls + 1
        delay = min(FIRST_DELAY * 2.0 ** (self._falls - 1), LONGEST_DELAY)
        self.due = now + delay
        return delay

    def signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def _die_with(parent: int, death: int) -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, death)
        if os.getppid() != parent:  # it died before we asked to be told
            os.kill(os.getpid(), signal.SIGKILL)


class Family:
    """Programs under one roof: their logs in `logs`, restarted when they fall, all ended with it.

    Only for the main thread: Linux sends the death signal when the *thread* that forked ends.
    """

    def __init__(self, logs: Path, say: Callable[[str], None], *, grace: float) -> None:
        self._logs, self._say, self._grace = logs, say, grace
        self._children: list[_Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self._hire_guard()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        os.close(self._line_to_guard)
        self._guard.wait()

    def start(self, program: Program) -> None:
        self._children.append(_Child(program, self._logs / f"{program.name}.log"))
        self._tell_guard()

    def run(self, program: Program, wait: Callable[[], bool]) -> bool:
        """Run `program` once, for as long as `wait()` says to go on; whether it succeeded."""
        self.start(program)
        child = self._children[-1]
        while child.runs():
            if not wait():
                return False  # our own end takes it along
        self._children.remove(child)
        return child.process.returncode == 0

    def tend(self) -> None:
        """Start again what has fallen; call it a few times a second."""
        for child in self._children:
            if child.runs():
                continue
            if not child.due:
                child.signal_group(signal.SIGKILL)  # what it left behind would hold its port
                code, delay = child.process.returncode, child.fall()
                self._say(f"{child.program.name} ended with {code}, again in {delay:g} s")
            elif time.monotonic() >= child.due:
                child.start()
        self._tell_guard()

    def _stop(self) -> None:
        """Ask all to stop, insist after the grace, and leave nothing of them behind."""
        for child in filter(_Child.runs, self._children):
            child.process.send_signal(child.program.stop)
        self._wait(self._grace)
        for child in filter(_Child.runs, self._children):
            child.signal_group(child.program.death)
        self._wait(1.0)
        for child in self._children:
            child.signal_group(signal.SIGKILL)
            child.process.wait()
        self._children.clear()
        self._tell_guard()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(map(_Child.runs, self._children)):
            time.sleep(0.02)

    def _hire_guard(self) -> None:
        reader, self._line_to_guard = os.pipe()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD)],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(reader)
        self._told = ""

    def _tell_guard(self) -> None:
        if self._guard.poll() is not None:  # somebody killed it
            os.close(self._line_to_guard)
            self._hire_guard()
        groups = {child.process.pid: child.program.death for child in self._children if not child.due}
        if (line := json.dumps(groups) + "\n") != self._told:
            self._told = line
            with contextlib.suppress(BrokenPipeError):  # the next look finds it dead
                os.write(self._line_to_guard, line.encode())
