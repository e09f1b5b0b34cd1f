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
    left = {group for group, number in groups.items() if _signal(group, number)}
    deadline = time.monotonic() + PATIENCE
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if _signal(group, 0)}
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: str, number: int) -> bool:
    """Whether there was anyone left to hear it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(int(group), number)
        return True
    return False


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[str, int] = {}
    for line in sys.stdin:
        groups = json.loads(line)
    end(groups)


if __name__ == "__main__":
    main()
