"""importsignals FILE: market calls from the API's JSON or from CSV; a file as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from cards.management.bulk_command import BulkCommand
from core.errors import DomainError
from signals_bridge.errors import SignalError
from signals_bridge.files import rows_in, source_in
from signals_bridge.services import import_signals, register_publisher, register_source

MOST_TOLD = 100  # rows


class Command(BulkCommand):
    help = "Import signals: all of the file or nothing. What is known already is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="", help="what the signals stand under; JSON names its own")
        parser.add_argument(
            "--publisher",
            default="",
            metavar="USERNAME",
            help="whose source it is, if it is new; the account may import from then on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, publisher = options["file"], self._user(options["publisher"])
        source = self._source(path, options["source"])
        with self.opened(path) as file, transaction.atomic():
            if publisher is not None:
                register_source(name=source, publisher=register_publisher(user=publisher))
            try:
                report = import_signals(source=source, rows=rows_in(file), by=None, most_faults=MOST_TOLD)
            except SignalError as error:
                self._tell_faults(error)
                raise
        self.tell({"created": report.created, "unchanged": report.unchanged})

    def _user(self, name: str) -> User | None:
        user = User.objects.named(name).first() if name else None
        if name and user is None:
            raise CommandError(f"there is no account {name}")
        return user

    def _source(self, path: Path, given: str) -> str:
        """What the file says, or for a table what the command line says; both may say the same."""
        try:
            with path.open("rb") as file:
                named = source_in(file)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from error
        except DomainError as error:
            raise CommandError(f"{path}: {error.detail}") from error
        if not (named or given):
            raise CommandError(f"{path}: a table names no source; say which by --source")
        if named and given and named != given:
            raise CommandError(f"{path}: the file says source {named}, not {given}")
        return named or given

    def _tell_faults(self, error: SignalError) -> None:
        """`/signals/12/price` is the price of the signal that stands on line 12, or is the 12th."""
        for fault in error.faults:
            self.stderr.write(f"{fault.pointer.removeprefix('/signals/')}: {fault.detail}")
