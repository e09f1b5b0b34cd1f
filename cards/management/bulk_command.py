"""What `importcatalogue` and `importprices` have in common: a file, its day, progress, a report."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cards.bulk_files import BadRows
from core.errors import DomainError


class BulkCommand(BaseCommand):
    requires_system_checks = ()  # they load every page of the site, for an import that shows none

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--day", type=_day, help="of the prices in bulk data; else the file's own date")
        parser.add_argument("--strict", action="store_true", help="import nothing if any row is bad")

    @contextmanager
    def opened(self, path: Path) -> Iterator[BufferedReader]:
        """The file; on a terminal a bar shows how far it is read. Refusals become one line."""
        try:
            with path.open("rb", buffering=0) as raw, _bar(path.stat().st_size) as bar:
                yield BufferedReader(_Watched(raw, bar), 1 << 18)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(f"{path}: {error.detail}") from error

    def day_of(self, path: Path, given: date | None) -> date:
        try:
            return given or datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error

    def tell(self, counts: dict[str, int]) -> None:
        self.stdout.write(
            ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing"
        )

    def tell_bad_rows(self, bad: BadRows) -> None:
        """List them and end with exit code 1: the good rows are in, and a script must notice."""
        if not bad.count:
            return
        for row in bad.first:
            self.stderr.write(f"{row.place}: {row.detail}")
        raise CommandError(f"{bad.count:,} bad rows were left out, the others are imported")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a day such as 2026-05-15") from error


def _bar(size: int) -> Any:
    return tqdm(total=size, unit="B", unit_scale=True, disable=None, file=sys.stderr)


class _Watched(RawIOBase):
    """A file that moves the bar as it is read; of a gzip file that is the packed bytes."""

    def __init__(self, raw: Any, bar: Any) -> None:
        self._raw = raw
        self._bar = bar

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._raw.readinto(buffer)
        self._bar.update(count)
        return count
