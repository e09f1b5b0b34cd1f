"""Ending offers that nobody answered in time, thousands in a few statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction

from core.clock import database_now
from notifications.push import push_many
from notifications.services import notify_selected
from trades.models import EventKind
from trades.models.proposals import OPEN
from trades.notices import EXPIRED_NOTICES, frame_of
from trades.signals import trade_events_recorded

BATCH = 5_000

# The people first, then the offers, as every verb does; what somebody else holds is left for the
# next run, so this never waits and cannot be part of a deadlock. Three plain statements: in one, the
# planner takes thousands of rows for a handful and compares each with each.
_OVERDUE = """
    SELECT id, proposer_id, recipient_id FROM trades_tradeproposal
    WHERE status = ANY(%(open)s) AND expires_at <= %(now)s AND id > %(after)s
    ORDER BY id LIMIT %(batch)s
"""
_PEOPLE = "SELECT id FROM accounts_user WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_EXPIRE = """
    WITH due AS MATERIALIZED (
        SELECT id FROM trades_tradeproposal
        WHERE id = ANY(%(ids)s) AND status = ANY(%(open)s) AND expires_at <= %(now)s
        ORDER BY id FOR UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE trades_tradeproposal p
        SET status = 'expired', version = p.version + 1, closed_at = %(now)s
        FROM due WHERE p.id = due.id
        RETURNING p.id, p.version
    )
    INSERT INTO trades_tradeevent (proposal_id, actor_id, kind, payload, version, created_at)
    SELECT id, NULL, 'expired', '{}', version, %(now)s FROM expired ORDER BY id
    RETURNING id, proposal_id, version
"""


def expire_overdue() -> int:
    """Expire every open offer past its life; returns how many. Safe to run twice or in parallel."""
    return sum(_batches(database_now()))


def _batches(now: datetime) -> Iterator[int]:
    after: int | None = 0
    while after is not None:
        after, expired = _expire_batch(now, after)
        yield expired


@transaction.atomic
def _expire_batch(now: datetime, after: int) -> tuple[int | None, int]:
    """One batch above the id `after`: the last id looked at (None: no more), and how many expired."""
    values: dict[str, Any] = {"open": [*OPEN], "now": now, "after": after, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, values)
        parties = {pk: (proposer, recipient) for pk, proposer, recipient in cursor.fetchall()}
        cursor.execute(_PEOPLE, [[*{user for pair in parties.values() for user in pair}]])
        free = {pk for (pk,) in cursor.fetchall()}
        ids = [pk for pk, pair in parties.items() if free.issuperset(pair)]
        cursor.execute(_EXPIRE, {**values, "ids": ids})
        events = cursor.fetchall()
    if events:
        notify_selected(EXPIRED_NOTICES, {"events": [event for event, _pk, _version in events]})
        push_many(
            [(parties[pk], partial(frame_of, pk, "expired", version)) for _event, pk, version in events]
        )
        trade_events_recorded.send(
            None, kind=EventKind.EXPIRED, proposal_ids=[pk for _event, pk, _version in events]
        )
    return (max(parties) if len(parties) == BATCH else None), len(events)
