"""A hundred facts in a moment make one recalculation: a mark in Redis while one is due."""

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


def recalculate_soon(user_ids: Collection[int]) -> None:
    """Have the users' figures rebuilt in a moment, after the commit.

    Without Redis nothing is queued; the nightly run for everybody makes up for it.
    """
    transaction.on_commit(partial(_queue, sorted(user_ids)))


def _queue(user_ids: list[int]) -> None:
    from reputation.tasks import recalculate_user  # which imports the services that call this

    try:
        for user_id in user_ids:
            if connection().set(_mark(user_id), 1, nx=True, ex=MARK_LIFE):
                recalculate_user.apply_async((user_id,), countdown=WAIT, retry=False)
    except (redis.RedisError, OperationalError) as error:
        log.warning("A recalculation waits for the night while Redis is away: %s", error)


def begun(user_id: int) -> None:
    """The run for this user begins: facts from now on ask for another one."""
    try:
        connection().delete(_mark(user_id))
    except redis.RedisError as error:
        log.warning("A mark stays for %s s while Redis is away: %s", MARK_LIFE, error)


def _mark(user_id: int) -> str:
    return f"recalculate:{user_id}"
