"""The watchdog: ends a family of processes when its owner is gone.

It reads `{"process group": signal, …}` a line at a time from a pipe that only the owner can write
to; the end of that pipe is the owner's end, even by `kill -9`. It runs as a plain file with
nothing but the standard library, so that it is small and starts before anything can go wrong.
"""

import contextlib
import json
import os
import signal
import sys
import time

PATIENCE = 3.0  # seconds between the asking and SIGKILL


def end(groups: dict[str, int]) -> None:
    _signal(groups)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(_lives(int(group)) for group in groups):
        time.sleep(0.05)
    _signal(dict.fromkeys(groups, signal.SIGKILL))


def _signal(groups: dict[str, int]) -> None:
    for group, number in groups.items():
        with contextlib.suppress(OSError):
            os.killpg(int(group), number)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[str, int] = {}
    for line in sys.stdin:
        groups = json.loads(line)
    end(groups)


if __name__ == "__main__":
    main()
