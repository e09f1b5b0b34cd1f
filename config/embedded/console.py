"""One terminal for many programs: their logs, line by line, each behind its name."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

COLOURS = (36, 33, 35, 32, 34)
WIDTH = 8


class Console:
    """Follows logs instead of holding pipes: nobody waits for a terminal that someone has paused."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._open: dict[str, BinaryIO | None] = {}
        self._colours: dict[str, int] = {}

    def follow(self, name: str, *, from_end: bool = False) -> None:
        """Show `name`'s log from its first line, or what comes from now on."""
        if known := self._open.get(name):
            known.close()
        self._open[name] = None  # opened when there is something to show: a start puts the last log aside
        if from_end:
            log = self._open[name] = (self._logs / f"{name}.log").open("a+b")
            log.seek(0, os.SEEK_END)

    def show(self) -> None:
        for name, opened in self._open.items():
            log = self._open[name] = opened or (self._logs / f"{name}.log").open("rb")
            while (line := log.readline()).endswith(b"\n"):
                self.say(line.decode(errors="replace").rstrip(), name)
            log.seek(-len(line), os.SEEK_CUR)  # the rest of it is still to come

    def say(self, line: str, name: str = "run") -> None:
        label = f"{name:{WIDTH}}|"
        if sys.stdout.isatty():
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            label = f"\033[{colour}m{label}\033[0m"
        print(label, line, flush=True)
