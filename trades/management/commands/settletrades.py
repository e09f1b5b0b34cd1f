"""What beat does every hour, by hand."""

from typing import Any

from core.management.timed import TimedCommand
from trades.services import settle_trades


class Command(TimedCommand):
    help = "Completes, lapses and reminds accepted trades whose time has come. Safe to run again."

    def run(self, **options: Any) -> str:
        done = settle_trades()
        return f"{done['completed']} completed, {done['lapsed']} lapsed, {done['reminded']} reminded."
