"""Trade events appear in the conversation of their two; a proposal opens it, or brings it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from core.clock import clock_offset
from messaging.documents import trade_frame
from notifications.push import push_many
from trades.models import EventKind, TradeEvent, TradeProposal

# A look is no news, and a countered offer is told by the counter itself.
UNTOLD = frozenset([EventKind.VIEWED, EventKind.COUNTERED])

# Every writer of trade events holds both people's rows, which is the lock of their conversation too. Plain
# statements, with a limit where one row is looked up: else the planner, who takes thousands of rows for a
# handful, compares each with each, or reads every conversation there is.
_TOLD = """
    WITH told AS MATERIALIZED (
        SELECT e.id, e.kind, e.proposal_id, actor.username,
            least(p.proposer_id, p.recipient_id) AS one, greatest(p.proposer_id, p.recipient_id) AS other
        FROM trades_tradeevent e
        JOIN trades_tradeproposal p ON p.id = e.proposal_id
        LEFT JOIN accounts_user actor ON actor.id = e.actor_id
        WHERE e.id = ANY(%(events)s)
    )
    SELECT told.id, told.kind, told.proposal_id, told.username, c.id, told.one, told.other,
        c.last_seq + row_number() OVER (PARTITION BY c.id ORDER BY told.id), clock_timestamp() + %(offset)s
    FROM told CROSS JOIN LATERAL (
        SELECT id, last_seq FROM messaging_conversation
        WHERE user_a_id = told.one AND user_b_id = told.other LIMIT 1
    ) c
    ORDER BY told.id
"""
_OPEN = """
    INSERT INTO messaging_conversation (user_a_id, user_b_id, last_seq, last_message_at, preview, created_at,
        a_last_sent_seq, a_last_read_seq, a_archived, a_muted,
        b_last_sent_seq, b_last_read_seq, b_archived, b_muted)
    SELECT one, other, 0, clock_timestamp() + %(offset)s, '', clock_timestamp() + %(offset)s,
        0, 0, false, false, 0, 0, false, false
    FROM (
        SELECT DISTINCT least(proposer_id, recipient_id) AS one, greatest(proposer_id, recipient_id) AS other
        FROM trades_tradeproposal p JOIN trades_tradeevent e ON e.proposal_id = p.id
        WHERE e.id = ANY(%(events)s)
    ) pair
    WHERE NOT EXISTS (
        SELECT FROM messaging_conversation WHERE user_a_id = pair.one AND user_b_id = pair.other
    )
"""
_WRITE = """
    WITH told AS (
        SELECT * FROM unnest(%(events)s::bigint[], %(proposals)s::bigint[], %(conversations)s::bigint[],
            %(seqs)s::bigint[]) AS told (event_id, proposal_id, conversation_id, seq)
    ), numbered AS (
        UPDATE messaging_conversation c
        SET last_seq = newest.seq, trade_proposal_id = newest.proposal_id, last_message_at = %(now)s,
            a_archived = false, b_archived = false
        FROM (SELECT DISTINCT ON (conversation_id) * FROM told ORDER BY conversation_id, seq DESC) newest
        WHERE c.id = newest.conversation_id
    ), written AS (
        INSERT INTO messaging_message (conversation_id, seq, content, attachment_type, attachment_id,
            trade_event_id, created_at)
        SELECT conversation_id, seq, '', 'trade_proposal', proposal_id, event_id, %(now)s FROM told
        RETURNING id, conversation_id, seq, trade_event_id
    ), logged AS (
        INSERT INTO messaging_conversationevent (conversation_id, seq, kind, message_id, created_at)
        SELECT conversation_id, seq, 'trade', id, %(now)s FROM written
    )
    SELECT trade_event_id, id FROM written
"""
_NEWEST_OF_KIND = """
    SELECT max(id) FROM trades_tradeevent WHERE proposal_id = ANY(%s) AND kind = %s GROUP BY proposal_id
"""


class _Told(NamedTuple):
    """What `_TOLD` finds of one event, with the number of its line."""

    event_id: int
    kind: str
    proposal_id: int
    actor: str | None
    conversation_id: int
    user_a_id: int
    user_b_id: int
    seq: int
    now: datetime

    @property
    def pair(self) -> tuple[int, int]:
        return self.user_a_id, self.user_b_id


def follow_trade(*, event: TradeEvent, proposal: TradeProposal) -> None:
    """Tell of one event in the conversation of the trade's two; a draft's are nobody's business."""
    if event.kind not in UNTOLD and proposal.sent_at is not None:
        _tell([event.pk])


def follow_trades(*, kind: EventKind, proposal_ids: Sequence[int]) -> None:
    """The same for a batch of the clock's: a few statements for thousands of trades that were sent."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_OF_KIND, [list(proposal_ids), kind])
        event_ids = [event_id for (event_id,) in cursor.fetchall()]
    _tell(event_ids)


def _tell(event_ids: Sequence[int]) -> None:
    if not event_ids:
        return
    with connection.cursor() as cursor:
        told = _find(cursor, event_ids)
        if len(told) < len(event_ids):  # the first offer of the two
            missing: dict[str, Any] = {"events": list(event_ids), "offset": clock_offset()}
            cursor.execute(_OPEN, missing)
            told = _find(cursor, event_ids)
        now = max(line.now for line in told)
        values: dict[str, Any] = {
            "events": [line.event_id for line in told],
            "proposals": [line.proposal_id for line in told],
            "conversations": [line.conversation_id for line in told],
            "seqs": [line.seq for line in told],
            "now": now,
        }
        cursor.execute(_WRITE, values)
        message_ids = dict(cursor.fetchall())
    push_many(
        [(line.pair, partial(_frame, line, message_ids[line.event_id], now)) for line in told], chat=True
    )


def _find(cursor: Any, event_ids: Sequence[int]) -> list[_Told]:
    cursor.execute(_TOLD, {"events": list(event_ids), "offset": clock_offset()})
    return [_Told(*row) for row in cursor.fetchall()]


def _frame(line: _Told, message_id: int, now: datetime) -> dict[str, Any]:
    return trade_frame(
        message_id, line.conversation_id, line.seq, line.kind, line.proposal_id, line.actor, now
    )
