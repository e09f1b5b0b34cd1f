"""A hundred facts in a moment make one recalculation: a mark in Redis while one is due.

Of more than MANY users at once everybody is rebuilt: one statement for all takes less than so many for
one each.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from functools import partial

import redis
from django.db import transaction
from kombu.exceptions import OperationalError

from core.redis import connection

log = logging.getLogger(__name__)

WAIT = 2  # seconds in which further facts join
MARK_LIFE = 60  # seconds after which a mark that nobody took off is void
MANY = 500  # users
EVERYBODY = "everybody"


def recalculate_soon(user_ids: Collection[int]) -> None:
    """Have the users' figures rebuilt in a moment, after the commit.

    Without Redis nothing is queued; the nightly run for everybody makes up for it.
    """
    transaction.on_commit(partial(_queue, sorted(user_ids)))


def _queue(user_ids: list[int]) -> None:
    from reputation.tasks import recalculate_everyone, recalculate_user  # whose services call this

    try:
        if len(user_ids) > MANY:
            if _is_first(EVERYBODY):
                recalculate_everyone.apply_async(countdown=WAIT, retry=False)
            return
        for user_id in user_ids:
            if _is_first(user_id):
                recalculate_user.apply_async((user_id,), countdown=WAIT, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.warning("A recalculation waits for the night while Redis is away: %s", error)


def begun(of: int | str) -> None:
    """The run for this user, or EVERYBODY, begins: facts from now on ask for another one."""
    try:
        connection().delete(_mark(of))
    except redis.RedisError as error:
        log.warning("A mark stays for %s s while Redis is away: %s", MARK_LIFE, error)


def _is_first(of: int | str) -> bool:
    return bool(connection().set(_mark(of), 1, nx=True, ex=MARK_LIFE))


def _mark(of: int | str) -> str:
    return f"recalculate:{of}"
