"""The clock's work, by beat. Each may run twice."""

from celery import shared_task

from trades.services import expire_overdue


@shared_task
def expire_trades() -> int:
    return expire_overdue()
