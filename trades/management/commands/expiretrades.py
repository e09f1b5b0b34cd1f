"""What beat does every minute, by hand."""

from typing import Any

from core.management.timed import TimedCommand
from trades.services import expire_overdue, remind_of_expiry


class Command(TimedCommand):
    help = "Expires open offers past their life, and reminds those who have a day left. Safe to run again."

    def run(self, **options: Any) -> str:
        return f"{expire_overdue()} expired, {remind_of_expiry()} reminded."
