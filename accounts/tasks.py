"""What accounts do by the clock."""

from celery import shared_task

from accounts import services
from accounts.api.idempotency import KEPT


@shared_task
def forget_idempotency_keys() -> None:
    services.forget_idempotency_keys(kept=KEPT)
