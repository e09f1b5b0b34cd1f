"""Locks on files."""

import fcntl
import os
from pathlib import Path

SHARED, ALONE = fcntl.LOCK_SH, fcntl.LOCK_EX


class FileLock:
    """A lock that the kernel drops when its holder ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def wait(self, how: int) -> None:
        fcntl.flock(self._descriptor, how)

    def take(self, how: int) -> bool:
        """At once or not at all; also turns one lock into the other."""
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._descriptor)


def is_held(path: Path) -> bool:
    """Whether someone holds the lock at `path` alone right now."""
    lock = FileLock(path)
    try:
        return not lock.take(SHARED)
    finally:
        lock.close()
