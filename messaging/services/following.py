"""Trade events appear in the conversation of their two; a proposal opens it, or brings it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from core.clock import clock_offset
from messaging.documents import trade_frame
from notifications.push import push_many
from trades.models import EventKind, TradeEvent, TradeProposal

# A look is no news, and a countered offer is told by the counter itself.
UNTOLD = frozenset([EventKind.VIEWED, EventKind.COUNTERED])

# Every writer of trade events holds both people's rows, which is the lock of their conversation too.
_OPEN = """
    INSERT INTO messaging_conversation (user_a_id, user_b_id, last_seq, last_message_at, preview, created_at,
        a_last_sent_seq, a_last_read_seq, a_archived, a_muted,
        b_last_sent_seq, b_last_read_seq, b_archived, b_muted)
    SELECT one, other, 0, clock_timestamp() + %(offset)s, '', clock_timestamp() + %(offset)s,
        0, 0, false, false, 0, 0, false, false
    FROM (
        SELECT DISTINCT least(proposer_id, recipient_id) AS one, greatest(proposer_id, recipient_id) AS other
        FROM trades_tradeproposal WHERE id = ANY(%(proposals)s) AND sent_at IS NOT NULL
    ) pair
    WHERE NOT EXISTS (
        SELECT FROM messaging_conversation WHERE user_a_id = pair.one AND user_b_id = pair.other
    )
"""
_TELL = """
    WITH told AS MATERIALIZED (
        SELECT e.id AS event_id, e.kind, p.id AS proposal_id, c.id AS conversation_id, actor.username,
            c.user_a_id, c.user_b_id,
            c.last_seq + row_number() OVER (PARTITION BY c.id ORDER BY e.id) AS seq
        FROM trades_tradeevent e
        JOIN trades_tradeproposal p ON p.id = e.proposal_id
        JOIN messaging_conversation c ON c.user_a_id = least(p.proposer_id, p.recipient_id)
            AND c.user_b_id = greatest(p.proposer_id, p.recipient_id)
        LEFT JOIN accounts_user actor ON actor.id = e.actor_id
        WHERE e.id = ANY(%(events)s) AND p.sent_at IS NOT NULL
    ), numbered AS (
        UPDATE messaging_conversation c
        SET last_seq = newest.seq, trade_proposal_id = newest.proposal_id,
            last_message_at = clock_timestamp() + %(offset)s, a_archived = false, b_archived = false
        FROM (SELECT DISTINCT ON (conversation_id) * FROM told ORDER BY conversation_id, seq DESC) newest
        WHERE c.id = newest.conversation_id
        RETURNING c.id, c.last_message_at
    ), written AS (
        INSERT INTO messaging_message (conversation_id, seq, content, attachment_type, attachment_id,
            trade_event_id, created_at)
        SELECT told.conversation_id, told.seq, '', 'trade_proposal', told.proposal_id, told.event_id,
            numbered.last_message_at
        FROM told JOIN numbered ON numbered.id = told.conversation_id
        RETURNING id, conversation_id, seq, trade_event_id, created_at
    ), logged AS (
        INSERT INTO messaging_conversationevent (conversation_id, seq, kind, message_id, created_at)
        SELECT conversation_id, seq, 'trade', id, created_at FROM written
    )
    SELECT written.id, written.conversation_id, written.seq, told.kind, told.proposal_id, told.username,
        written.created_at, told.user_a_id, told.user_b_id
    FROM written JOIN told ON told.event_id = written.trade_event_id
    ORDER BY written.conversation_id, written.seq
"""
_NEWEST_OF_KIND = """
    SELECT max(id) FROM trades_tradeevent WHERE proposal_id = ANY(%s) AND kind = %s GROUP BY proposal_id
"""


def follow_trade(*, event: TradeEvent, proposal: TradeProposal) -> None:
    """Tell of one event in the conversation of the trade's two; a draft's are nobody's business."""
    if event.kind not in UNTOLD and proposal.sent_at is not None:
        _tell([event.pk], [proposal.pk])


def follow_trades(*, kind: EventKind, proposal_ids: Sequence[int]) -> None:
    """The same for a batch of the clock's: a few statements for thousands of trades."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST_OF_KIND, [list(proposal_ids), kind])
        event_ids = [event_id for (event_id,) in cursor.fetchall()]
    _tell(event_ids, proposal_ids)


def _tell(event_ids: Sequence[int], proposal_ids: Sequence[int]) -> None:
    values: dict[str, Any] = {
        "events": list(event_ids),
        "proposals": list(proposal_ids),
        "offset": clock_offset(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        cursor.execute(_TELL, values)
        lines = cursor.fetchall()
    push_many([(pair, trade_frame(*line)) for *line, a, b in lines for pair in [(a, b)]], chat=True)
