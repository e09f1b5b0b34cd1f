"""What beat does every night, by hand."""

from typing import Any

from core.management.timed import TimedCommand
from reputation.services import recalculate_all


class Command(TimedCommand):
    help = "Rebuilds everybody's figures, score and tier as of the day. Safe to run again."

    def run(self, **options: Any) -> str:
        return f"{recalculate_all()} tiers changed."
