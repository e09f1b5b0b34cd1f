"""Reputation's work off the page. Each may run twice."""

from celery import shared_task

from reputation.coalescing import EVERYBODY, begun
from reputation.services import recalculate, recalculate_all, reveal_all_due_reviews


@shared_task
def recalculate_user(user_id: int) -> None:
    begun(user_id)
    recalculate(user_id=user_id)


@shared_task
def recalculate_everyone() -> int:
    begun(EVERYBODY)
    return recalculate_all()


@shared_task
def reveal_reviews() -> int:
    return reveal_all_due_reviews()
