"""importprices FILE: daily prices from CSV, or from Scryfall's bulk data."""

from typing import Any

from django.core.management.base import CommandParser

from cards.management.bulk_command import BulkCommand
from cards.price_import import PriceReport, import_prices


class Command(BulkCommand):
    help = "Import prices: CSV with scryfall_id, finish, day, price, or Scryfall bulk data."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", default="", help='as in PRICE_SOURCES; else "csv" or "scryfall"')

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        day = self.day_of(path, options["day"])
        with self.opened(path) as file:
            report = import_prices(file=file, day=day, source=options["source"], strict=options["strict"])
        self.tell(
            {
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "rows without a price": report.without_price,
                "not in the catalogue": report.unknown,
            }
        )
        self._tell_unknown(report)
        self.tell_bad_rows(report.bad)

    def _tell_unknown(self, report: PriceReport) -> None:
        for scryfall_id, finish in report.first_unknown:
            self.stderr.write(f"not in the catalogue: {scryfall_id} {finish}")
        if more := report.unknown - len(report.first_unknown):
            self.stderr.write(f"… and {more:,} more")
