"""Telling users: the only writers of notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection, transaction

from accounts.models import User
from core.clock import clock_offset, database_now
from core.prepared import rows_of
from notifications.models import Category, Notification
from notifications.push import announce


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for one user.

    `text` is an untranslated sentence with `{actor}` and the names in `params`; it is put into
    the reader's words when shown. `key` makes a second telling of the same thing a no-op.
    """

    user_id: int
    category: Category
    kind: str
    text: str
    url: str
    key: str
    subject: str = ""
    actor_id: int | None = None
    params: dict[str, Any] = field(default_factory=dict)


_INSERT = """
    INSERT INTO notifications_notification
        (user_id, category, kind, text, url, key, subject, actor_id, params, created_at)
    SELECT told.*, clock_timestamp() + %(offset)s FROM {told} AS told
    ON CONFLICT (user_id, key) DO NOTHING
    RETURNING id, user_id
"""
_GIVEN = """unnest(%(users)s::bigint[], %(categories)s::text[], %(kinds)s::text[], %(texts)s::text[],
    %(urls)s::text[], %(keys)s::text[], %(subjects)s::text[], %(actors)s::bigint[], %(params)s::jsonb[])"""


@transaction.atomic(savepoint=False)
def notify(notices: Sequence[Notice]) -> None:
    """Tell users, one or thousands at the cost of one statement; a key already told is passed over."""
    if not notices:
        return
    told = rows_of(
        _INSERT.format(told=_GIVEN),
        {
            "offset": clock_offset(),
            "users": [n.user_id for n in notices],
            "categories": [n.category for n in notices],
            "kinds": [n.kind for n in notices],
            "texts": [n.text for n in notices],
            "urls": [n.url for n in notices],
            "keys": [n.key for n in notices],
            "subjects": [n.subject for n in notices],
            "actors": [n.actor_id for n in notices],
            "params": [orjson.dumps(n.params).decode() for n in notices],
        },
    )
    announce(dict(told))


@transaction.atomic(savepoint=False)
def notify_selected(query: str, values: Mapping[str, Any]) -> None:
    """Tell what a SELECT of an upper room says, for batches: its columns are the fields of `Notice`."""
    with connection.cursor() as cursor:
        given: dict[str, Any] = {**values, "offset": clock_offset()}
        cursor.execute(_INSERT.format(told=f"({query})"), given)
        announce(dict(cursor.fetchall()))


def mark_read(*, by: User, ids: Collection[int] | None = None) -> int:
    """Mark the given notifications of `by` as read, or all; foreign and unknown ids change nothing."""
    unread = Notification.objects.of(by).unread()
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    return unread.update(read_at=database_now())


def mark_subject_read(*, by: User, subject: str) -> int:
    """Mark what `by` was told about one thing ("trade:41") as read: they have just looked at it."""
    return Notification.objects.of(by).unread().filter(subject=subject).update(read_at=database_now())
