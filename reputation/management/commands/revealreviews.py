"""What beat does every five minutes, by hand."""

from typing import Any

from core.management.timed import TimedCommand
from reputation.services import reveal_all_due_reviews


class Command(TimedCommand):
    help = "Opens sealed reviews whose 14 days are over. Safe to run again."

    def run(self, **options: Any) -> str:
        return f"The reviews of {reveal_all_due_reviews()} trades are open."
