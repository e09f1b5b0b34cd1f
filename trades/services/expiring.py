"""Ending offers that nobody answered in time, thousands in a few statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from core.clock import database_now
from notifications.models import Category
from notifications.push import push_many
from notifications.services import Notice, notify
from trades.models import EventKind
from trades.models.proposals import OPEN
from trades.notices import TEXTS, frame_of
from trades.signals import trade_events_recorded

BATCH = 5_000

# The people first, then the offers, as every verb does; what somebody else holds is left for the
# next run, so this never waits and cannot be part of a deadlock.
_EXPIRE = """
    WITH overdue AS MATERIALIZED (
        SELECT id, proposer_id, recipient_id FROM trades_tradeproposal
        WHERE status = ANY(%(open)s) AND expires_at <= %(now)s AND id > %(after)s
        ORDER BY id LIMIT %(batch)s
    ), people AS MATERIALIZED (
        SELECT id FROM accounts_user
        WHERE id IN (SELECT proposer_id FROM overdue UNION SELECT recipient_id FROM overdue)
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), due AS MATERIALIZED (
        SELECT p.id FROM trades_tradeproposal p
        WHERE p.id IN (SELECT id FROM overdue)
          AND p.proposer_id IN (SELECT id FROM people) AND p.recipient_id IN (SELECT id FROM people)
          AND p.status = ANY(%(open)s) AND p.expires_at <= %(now)s
        ORDER BY p.id FOR UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE trades_tradeproposal p
        SET status = 'expired', version = p.version + 1, closed_at = %(now)s
        FROM due WHERE p.id = due.id
        RETURNING p.id, p.version, p.proposer_id, p.recipient_id, p.first_proposal_id
    ), events AS (
        INSERT INTO trades_tradeevent (proposal_id, actor_id, kind, payload, version, created_at)
        SELECT id, NULL, 'expired', '{}', version, %(now)s FROM expired
        RETURNING id, proposal_id
    )
    SELECT overdue.id, expired.id, expired.version, expired.proposer_id, expired.recipient_id,
           coalesce(expired.first_proposal_id, expired.id), events.id
    FROM overdue LEFT JOIN expired USING (id) LEFT JOIN events ON events.proposal_id = expired.id
    ORDER BY overdue.id
"""


class Expired(NamedTuple):
    id: int
    version: int
    proposer_id: int
    recipient_id: int
    chain_id: int
    event_id: int


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
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, {"open": [*OPEN], "now": now, "after": after, "batch": BATCH})
        rows = cursor.fetchall()
    expired = [Expired(*row[1:]) for row in rows if row[1] is not None]
    if expired:
        notify([notice for trade in expired for notice in _notices(trade)])
        push_many([((t.proposer_id, t.recipient_id), frame_of(t.id, "expired", t.version)) for t in expired])
        trade_events_recorded.send(None, kind=EventKind.EXPIRED, proposal_ids=[t.id for t in expired])
    return (rows[-1][0] if len(rows) == BATCH else None), len(expired)


def _notices(trade: Expired) -> Iterator[Notice]:
    for user_id in (trade.proposer_id, trade.recipient_id):
        yield Notice(
            user_id=user_id,
            category=Category.TRADES,
            kind="trade_expired",
            text=TEXTS[EventKind.EXPIRED],
            url=f"/trades/{trade.id}/",
            key=f"trade-event:{trade.event_id}",
            subject=f"trade:{trade.chain_id}",
        )
