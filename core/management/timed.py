"""The base of the commands of time: `--as-of` runs them as if it were another moment."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import clock_at


class TimedCommand(BaseCommand):
    """A subclass brings `run`, which returns the one line to print."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            metavar="TIME",
            help="as if it were this moment: 2026-03-01 or 2026-03-01T12:00:00+01:00",
        )

    def handle(self, **options: Any) -> None:
        moment = options["as_of"]
        with clock_at(_read(moment)) if moment else nullcontext():
            self.stdout.write(self.run(**options))

    def run(self, **options: Any) -> str:
        raise NotImplementedError


def _read(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC, without a time the start of the day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of {text}: not a time like 2026-03-01T12:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
