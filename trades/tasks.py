"""The clock's work, by beat. Each may run twice."""

from celery import shared_task

from trades import services


@shared_task
def expire_trades() -> int:
    return services.expire_overdue()


@shared_task
def remind_recipients() -> int:
    return services.remind_of_expiry()


@shared_task
def settle_trades() -> dict[str, int]:
    return services.settle_trades()
