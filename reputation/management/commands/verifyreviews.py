"""Whether every review still says what was sealed."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from reputation.models import TradeReview
from reputation.seals import holds


class Command(BaseCommand):
    help = "Checks every seal; exits 1 if a review was changed after it was sealed."

    def handle(self, **options: Any) -> None:
        reviews = TradeReview.objects.select_related("reviewer", "trade").order_by("pk")
        bar = tqdm(reviews.iterator(2_000), total=reviews.count(), disable=not sys.stderr.isatty())
        checked = erased = 0
        broken = []
        for review in bar:
            checked += 1
            erased += review.is_erased
            if not review.is_erased and not holds(review):
                broken.append(review.pk)
        if broken:
            raise CommandError(f"{len(broken)} of {checked} seals are broken: {broken[:20]}")
        self.stdout.write(f"{checked} seals: {checked - erased} hold, {erased} erased.")
