"""The cache against the facts, and the two ways of counting against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from accounts.models import User
from reputation.everybody import COLUMNS, figures_of_everybody
from reputation.ledger import read_ledger
from reputation.models import UserReputation

CACHE = "the cache"
PYTHON = "Python"


class Difference(NamedTuple):
    """One figure of one user that two ways of knowing it tell differently."""

    username: str
    figure: str
    of: str  # CACHE or PYTHON
    found: Any
    by_sql: Any


def differences(told: Callable[[], object] = lambda: None) -> Iterator[Difference]:
    """Rebuild everybody's figures in Python and in SQL and compare both with what is stored.

    Each user as of the day of their stored figures; `told` is called once a user. All reads are of
    one moment, so a trade that completes meanwhile is no difference.
    """
    with transaction.atomic():
        _of_one_moment()
        stored = {row["user_id"]: row for row in UserReputation.objects.values(*COLUMNS)}
        days = sorted({row["as_of"] for row in stored.values()})
        by_sql = {day: {row["user_id"]: row for row in figures_of_everybody(day)} for day in days}
        for user in User.objects.filter(deleted_at=None).order_by("pk").iterator(1_000):
            told()
            if user.pk in stored:
                day = stored[user.pk]["as_of"]
                yield from _compare(user, day, stored[user.pk], by_sql[day][user.pk])


def _of_one_moment() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _compare(user: User, day: date, stored: dict[str, Any], by_sql: dict[str, Any]) -> Iterator[Difference]:
    by_python = {"user_id": user.pk, **read_ledger(user, day).figures(user.trust_tier)}
    for name in COLUMNS:
        for of, found in ((CACHE, stored[name]), (PYTHON, by_python[name])):
            if found != by_sql[name]:
                yield Difference(user.username, name, of, found, by_sql[name])
