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
from dataclasses import dataclass, field
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


def spawn(program: Program, output: int | None = None) -> subprocess.Popen[bytes]:
    """Start `program` in a session of its own. Only from the main thread: Linux sends the
    death signal when the *thread* that forked ends."""
    return subprocess.Popen(
        program.command,
        cwd=program.cwd,
        env=program.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        start_new_session=True,
        # runs after the change of user, which would clear the signal
        preexec_fn=partial(_die_with, os.getpid(), program.death),
        **as_account(program.account),
    )


def _die_with(parent: int, death: int) -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, death)
        if os.getppid() != parent:  # it died before we asked to be told
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    falls: int = 0
    due: float | None = None

    def fall(self) -> float:
        """Note that it ended; the seconds until it is started again."""
        now = time.monotonic()
        self.falls = 1 if now - self.started > STEADY else self.falls + 1
        delay = min(FIRST_DELAY * 2.0 ** (self.falls - 1), LONGEST_DELAY)
        self.due = now + delay
        return delay


class Family:
    """Programs under one roof: their logs in `logs`, restarted when they fall, all ended with it."""

    def __init__(self, logs: Path, say: Callable[[str], None], *, grace: float) -> None:
        self._logs, self._say, self._grace = logs, say, grace
        self._children: list[_Child] = []
        self._told = ""
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self._hire_guard()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        os.close(self._line_to_guard)
        self._guard.wait()

    def start(self, program: Program) -> None:
        log = self._log(program)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))  # one run a file, and the one before
        self._children.append(_Child(program, self._spawn(program)))
        self._tell_guard()

    def run(self, program: Program, wait: Callable[[], bool]) -> bool:
        """Run `program` once, for as long as `wait()` says to go on; whether it succeeded."""
        self.start(program)
        child = self._children[-1]
        while child.process.poll() is None:
            if not wait():
                return False  # our own end takes it along
        self._children.remove(child)
        return child.process.returncode == 0

    def tend(self) -> None:
        """Start again what has fallen; call it a few times a second."""
        for child in self._children:
            if child.process.poll() is None:
                continue
            if child.due is None:
                _kill_group(child, signal.SIGKILL)  # what it left behind would hold its port
                self._say(
                    f"{child.program.name} ended with {child.process.returncode}, again in {child.fall():g} s"
                )
            elif time.monotonic() >= child.due:
                child.process = self._spawn(child.program)
                child.started, child.due = time.monotonic(), None
        self._tell_guard()

    def stop(self) -> None:
        """Ask all to stop, insist after `grace` seconds, and leave nothing of them behind."""
        for child in self._children:
            if child.process.poll() is None:
                child.process.send_signal(child.program.stop)
        self._wait(self._grace)
        for child in self._children:
            if child.process.poll() is None:
                _kill_group(child, child.program.death)
        self._wait(1.0)
        for child in self._children:
            _kill_group(child, signal.SIGKILL)
            child.process.wait()
        self._children.clear()
        self._tell_guard()

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(c.process.poll() is None for c in self._children):
            time.sleep(0.02)

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        with self._log(program).open("ab") as output:
            return spawn(program, output.fileno())

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _hire_guard(self) -> None:
        reader, self._line_to_guard = os.pipe()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD)], stdin=reader, start_new_session=True
        )
        os.close(reader)
        self._told = ""

    def _tell_guard(self) -> None:
        if self._guard.poll() is not None:  # somebody killed it
            os.close(self._line_to_guard)
            self._hire_guard()
        groups = {c.process.pid: c.program.death for c in self._children if c.process.returncode is None}
        if (line := json.dumps(groups) + "\n") != self._told:
            self._told = line
            with contextlib.suppress(BrokenPipeError):  # the next look finds it dead
                os.write(self._line_to_guard, line.encode())


def _kill_group(child: _Child, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)
