"""Reputation's work off the page. Each may run twice."""

import logging

from celery import shared_task

from reputation.coalescing import EVERYBODY, begun
from reputation.services import recalculate, recalculate_all, reveal_all_due_reviews
from reputation.verifying import differences

log = logging.getLogger(__name__)


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


@shared_task
def check_figures() -> int:
    """Whether the two ways of counting agree and the cache says the same; each difference is an error."""
    found = list(differences())
    for user, figure, of, value, by_sql in found:
        log.error("%s of %s is %s in %s, %s by the facts", figure, user, value, of, by_sql)
    return len(found)
