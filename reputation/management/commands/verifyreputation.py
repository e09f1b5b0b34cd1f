"""Whether the stored figures are what the facts say."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from reputation.verifying import differences

SHOWN = 20


class Command(BaseCommand):
    help = "Rebuilds everybody's figures in two ways and compares; exits 1 on a difference."

    def handle(self, **options: Any) -> None:
        count = User.objects.filter(deleted_at=None).count()
        with tqdm(total=count, disable=not sys.stderr.isatty()) as bar:
            found = list(differences(bar.update))
        for username, figure, of, value, by_sql in found[:SHOWN]:
            self.stderr.write(f"{username}: {figure} is {value} in {of}, {by_sql} by the facts")
        if found:
            raise CommandError(f"{len(found)} differences among {count} users.")
        self.stdout.write(f"{count} users, no difference.")
