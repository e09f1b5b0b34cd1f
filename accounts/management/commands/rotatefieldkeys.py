"""After a new key was put first in FIELD_KEYS: seal everything with it, so that the old one can go."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.addresses import reseal_addresses


class Command(BaseCommand):
    help = "Seals every stored address with the first key of FIELD_KEYS. Safe to run again."

    def handle(self, **options: Any) -> None:
        count = reseal_addresses()
        self.stdout.write(f"{count} addresses sealed with the first key.")
