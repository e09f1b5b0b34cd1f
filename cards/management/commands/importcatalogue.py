"""importcatalogue FILE: printings and their prices from Scryfall's bulk data (`default_cards`)."""

from typing import Any

from cards.catalogue import import_catalogue
from cards.management.bulk_command import BulkCommand


class Command(BulkCommand):
    help = "Import printings from Scryfall bulk data: JSON array or JSON Lines, plain or gzip."

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        day = self.day_of(path, options["day"])
        with self.opened(path) as file:
            report = import_catalogue(file=file, day=day, strict=options["strict"])
        self.tell(
            {
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "digital left out": report.digital,
                "repeated": report.repeated,
                "new prices": report.prices.created,
                "changed prices": report.prices.updated,
            }
        )
        self.tell_bad_rows(report.bad)
