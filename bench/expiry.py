"""Expiring a tenth of all proposals at once, beside one bare SQL statement that writes the same rows."""

from __future__ import annotations

from django.db import connection, transaction

from bench.accept import unguarded
from bench.harness import Side, compare, options, report
from bench.market import forget_lines, market

_FLOOR = """
    WITH expired AS (
        UPDATE trades_tradeproposal SET status = 'expired', version = version + 1, closed_at = now()
        WHERE status IN ('pending', 'viewed') AND expires_at <= now()
        RETURNING id, version, proposer_id, recipient_id, coalesce(first_proposal_id, id) AS chain
    ), events AS (
        INSERT INTO trades_tradeevent (proposal_id, actor_id, kind, payload, version, created_at)
        SELECT id, NULL, 'expired', '{}', version, now() FROM expired
        RETURNING id, proposal_id
    ), told AS (
        SELECT events.id AS event, expired.id AS proposal, c.id AS conversation,
            c.last_seq + row_number() OVER (PARTITION BY c.id ORDER BY events.id) AS seq
        FROM expired JOIN events ON events.proposal_id = expired.id
        JOIN messaging_conversation c ON c.user_a_id = least(proposer_id, recipient_id)
            AND c.user_b_id = greatest(proposer_id, recipient_id)
    ), counted AS (
        UPDATE messaging_conversation c SET last_seq = newest.seq, trade_proposal_id = newest.proposal,
            last_message_at = now(), a_archived = false, b_archived = false
        FROM (SELECT DISTINCT ON (conversation) * FROM told ORDER BY conversation, seq DESC) newest
        WHERE c.id = newest.conversation
    ), lines AS (
        INSERT INTO messaging_message (conversation_id, seq, content, attachment_type, attachment_id,
            trade_event_id, created_at)
        SELECT conversation, seq, '', 'trade_proposal', proposal, event, now() FROM told
        RETURNING id, conversation_id, seq
    ), logged AS (
        INSERT INTO messaging_conversationevent (conversation_id, seq, kind, message_id, created_at)
        SELECT conversation_id, seq, 'trade', id, now() FROM lines
    )
    INSERT INTO notifications_notification
        (user_id, category, kind, text, url, key, subject, actor_id, params, created_at)
    SELECT told, 'trades', 'trade_expired', 'An offer expired without an answer.',
        '/trades/' || expired.id || '/', 'trade-event:' || events.id, 'trade:' || chain, NULL, '{}', now()
    FROM expired JOIN events ON events.proposal_id = expired.id
    CROSS JOIN LATERAL unnest(ARRAY[proposer_id, recipient_id]) told
"""


def main() -> None:
    given = options(__doc__, calls=1)
    with market(given.size):
        count = _open_as_overdue()
        sides = [Side("ours", _expire, prepare=_as_before), Side("floor", _floor, prepare=_as_before)]
        try:
            figures = compare(sides, rounds=given.rounds)
        finally:
            _as_before()
            _set_life("5 years")
        report(f"expiry of {count:,} among {given.size:,}", figures, at_most=2)
        per_second = count / sorted(figures["ours"].seconds)[given.rounds // 2]
        print(f"  {per_second:,.0f} a second")


def _expire() -> None:
    from trades.services import expire_overdue

    assert expire_overdue() > 0


def _floor() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FLOOR)


def _open_as_overdue() -> int:
    from trades.models import TradeProposal

    _set_life("-1 hour")
    return int(TradeProposal.objects.open().count())


def _set_life(left: str) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE trades_tradeproposal SET expires_at = now() + %s::interval"
            " WHERE status IN ('pending', 'viewed')",
            [left],
        )


def _as_before() -> None:
    """Open again, with clean tables: what one run leaves behind is not the other's work."""
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE trades_tradeproposal p SET version = p.version - 1, closed_at = NULL,"
            " status = CASE WHEN p.viewed_at IS NULL THEN 'pending' ELSE 'viewed' END"
            " FROM trades_tradeevent e"
            " WHERE e.proposal_id = p.id AND e.kind = 'expired' AND e.actor_id IS NULL"
        )
        forget_lines(cursor, "SELECT id FROM trades_tradeevent WHERE kind = 'expired' AND actor_id IS NULL")
        cursor.execute("DELETE FROM trades_tradeevent WHERE kind = 'expired' AND actor_id IS NULL")
        cursor.execute("DELETE FROM notifications_notification WHERE kind = 'trade_expired'")
        cursor.execute("VACUUM ANALYZE trades_tradeproposal, trades_tradeevent, notifications_notification")
        cursor.execute(
            "VACUUM ANALYZE messaging_conversation, messaging_message, messaging_conversationevent"
        )
        cursor.execute("CHECKPOINT")


if __name__ == "__main__":
    main()
