"""The clock's work on signals, by beat. It may run twice."""

from dataclasses import asdict

from celery import shared_task

from signals_bridge import services


@shared_task
def evaluate_signals() -> dict[str, int]:
    return asdict(services.evaluate_signals())
