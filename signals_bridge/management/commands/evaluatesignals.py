"""What beat does every five minutes, by hand."""

from typing import Any

from core.management.timed import TimedCommand
from signals_bridge.services import evaluate_signals


class Command(TimedCommand):
    help = "Judges the signals whose time is over by the prices of their days. Safe to run again."

    def run(self, **options: Any) -> str:
        done = evaluate_signals()
        return f"{done.evaluated} evaluated, {done.void} void, {done.waiting} waiting for a price."
