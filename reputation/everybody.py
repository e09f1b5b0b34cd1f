"""All users' figures in one statement: what `recalculate` does for one, PostgreSQL does for all.

The formulas stand a second time here, in SQL, because 50,000 users one by one would take the night.
`tests/reputation/test_both_ways.py` and the command `verifyreputation` hold the two together.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from reputation import scoring

RECALCULATING = 5_206_411  # the key of an advisory lock: all at once, or any number one by one


class TierChange(NamedTuple):
    user_id: int
    before: str
    after: str
    score: int


_TRADES = """
    trades AS MATERIALIZED (
        SELECT side.user_id, side.partner_id, side.proposed, t.completed_at, t.total_trade_value,
            t.is_counted AND t.lost_by_id IS DISTINCT FROM side.user_id AS counts, t.id
        FROM reputation_completedtrade t
        CROSS JOIN LATERAL (VALUES (t.user_a_id, t.user_b_id, true), (t.user_b_id, t.user_a_id, false))
            AS side(user_id, partner_id, proposed)
    ),
    trade_figures AS (
        SELECT user_id, count(*) AS total, count(*) FILTER (WHERE proposed) AS as_proposer,
            sum(total_trade_value) AS value, round(avg(total_trade_value), 2) AS average,
            max(total_trade_value) AS largest, min(completed_at) AS first_at, max(completed_at) AS last_at
        FROM trades GROUP BY user_id
    ),
    trade_weights AS (
        SELECT user_id, sum(weight) AS weight, count(*) FILTER (WHERE nth = 1) AS partners,
            max(completed_at) AS last_counted_at
        FROM (
            SELECT user_id, completed_at, nth, 1.0::float8 / nth AS weight
            FROM (
                SELECT user_id, completed_at,
                    row_number() OVER (PARTITION BY user_id, partner_id ORDER BY completed_at, id) AS nth
                FROM trades WHERE counts
            ) numbered
        ) weighed
        GROUP BY user_id
    )
"""

_REVIEWS = """
    reviews AS MATERIALIZED (
        SELECT r.reviewee_id AS user_id, r.reviewer_id, r.overall_rating, r.communication_rating,
            r.packaging_rating, r.accuracy_rating, r.speed_rating, t.is_counted,
            row_number() OVER (PARTITION BY r.reviewee_id ORDER BY t.completed_at, r.id) AS place,
            row_number() OVER (PARTITION BY r.reviewee_id, r.reviewer_id, t.is_counted
                ORDER BY t.completed_at, r.id) AS nth
        FROM reputation_tradereview r JOIN reputation_completedtrade t ON t.id = r.trade_id
        WHERE NOT r.is_hidden AND t.reviews_revealed_at IS NOT NULL
            AND t.lost_by_id IS DISTINCT FROM r.reviewer_id
    ),
    review_figures AS (
        SELECT user_id, count(*) AS total, round(avg(overall_rating), 2) AS average,
            round(avg(communication_rating), 2) AS communication,
            round(avg(packaging_rating), 2) AS packaging, round(avg(accuracy_rating), 2) AS accuracy,
            round(avg(speed_rating), 2) AS speed,
            count(*) FILTER (WHERE overall_rating >= 4) AS positive,
            count(*) FILTER (WHERE overall_rating = 3) AS neutral,
            count(*) FILTER (WHERE overall_rating <= 2) AS negative,
            coalesce(sum(1.0::float8 / nth) FILTER (WHERE is_counted), 0) AS weight,
            coalesce(sum(overall_rating::float8 / nth) FILTER (WHERE is_counted), 0) AS weighed,
            -- A streak is over at the last review that was not positive.
            count(*) - coalesce(max(place) FILTER (WHERE overall_rating < 4), 0) AS streak
        FROM reviews GROUP BY user_id
    ),
    streaks AS (
        SELECT user_id, max(length) AS longest FROM (
            SELECT user_id, count(*) AS length FROM (
                SELECT user_id, place - row_number() OVER (PARTITION BY user_id ORDER BY place) AS run
                FROM reviews WHERE overall_rating >= 4
            ) runs GROUP BY user_id, run
        ) lengths GROUP BY user_id
    )
"""

_CONDUCT = """
    verified AS (SELECT DISTINCT user_id FROM account_emailaddress WHERE verified),
    factors AS (SELECT DISTINCT user_id FROM mfa_authenticator WHERE type <> 'recovery_codes'),
    cancelled AS (
        SELECT cancel_counts_against_id AS user_id, count(*) AS n FROM trades_tradeproposal
        WHERE cancel_counts_against_id IS NOT NULL AND status = 'cancelled'
            AND (closed_at AT TIME ZONE 'UTC')::date > %(as_of)s - 365
        GROUP BY 1
    ),
    disputed AS (
        SELECT user_id, count(*) AS n FROM trades_dispute d
        JOIN trades_tradeproposal p ON p.id = d.proposal_id
        CROSS JOIN LATERAL (VALUES (p.proposer_id), (p.recipient_id)) AS side(user_id) GROUP BY 1
    ),
    lost AS (
        SELECT lost_by_id AS user_id, count(*) AS n FROM trades_dispute
        WHERE lost_by_id IS NOT NULL AND (lost_by_id <> opened_by_id OR bad_faith) GROUP BY 1
    ),
    blocked AS (
        SELECT b.blocked_id AS user_id, count(*) AS n, count(*) FILTER (
            WHERE (b.created_at AT TIME ZONE 'UTC')::date >= date_trunc('month', %(as_of)s::date)::date - 365
            AND (b.created_at AT TIME ZONE 'UTC')::date < date_trunc('month', %(as_of)s::date)::date
            AND EXISTS (SELECT FROM trades_tradeproposal p WHERE p.accepted_at IS NOT NULL
                AND ((p.proposer_id = b.blocker_id AND p.recipient_id = b.blocked_id)
                  OR (p.recipient_id = b.blocker_id AND p.proposer_id = b.blocked_id)))) AS counting
        FROM accounts_block b GROUP BY 1
    ),
    followed AS (
        SELECT user_id, count(*) AS n, count(*) FILTER (WHERE profitable) AS profitable
        FROM reputation_signaloutcome GROUP BY 1
    )
"""

_POINTS = """
    earned AS (
        SELECT u.id AS user_id, u.trust_tier AS before, u.date_joined,
            tf.total, tf.as_proposer, tf.value, tf.average, tf.largest, tf.first_at, tf.last_at,
            coalesce(tw.partners, 0) AS partners,
            rf.total AS reviews, rf.average AS rating, rf.communication, rf.packaging, rf.accuracy, rf.speed,
            rf.positive, rf.neutral, rf.negative, rf.streak, s.longest,
            coalesce(f.n, 0) AS followed, coalesce(f.profitable, 0) AS profitable,
            coalesce(c.n, 0) AS cancelled, coalesce(d.n, 0) AS disputes, coalesce(l.n, 0) AS lost,
            coalesce(b.n, 0) AS blockers,
            10 * least(coalesce(tw.weight, 0), 10) + 5 * least(greatest(coalesce(tw.weight, 0) - 10, 0), 40)
                + 2 * greatest(coalesce(tw.weight, 0) - 50, 0) AS trade_points,
            ((10.5::float8 + coalesce(rf.weighed, 0)) / (3 + coalesce(rf.weight, 0)) - 2.5) * 20
                * least(10, sqrt(coalesce(rf.weight, 0))) AS review_points,
            CASE WHEN v.user_id IS NULL THEN 0 ELSE 10 END
                + CASE WHEN m.user_id IS NULL THEN 0 ELSE 20 END AS verification,
            20 * coalesce(c.n, 0) + 50 * coalesce(l.n, 0)
                + 10 * least(coalesce(b.counting, 0), 10) AS penalties,
            CASE WHEN tw.last_counted_at IS NULL THEN 1 ELSE greatest(0.5::float8, power(0.95::float8,
                greatest(0, %(as_of)s - (tw.last_counted_at AT TIME ZONE 'UTC')::date - 30) / 30.0::float8))
            END AS multiplier
        FROM accounts_user u
        LEFT JOIN trade_figures tf ON tf.user_id = u.id LEFT JOIN trade_weights tw ON tw.user_id = u.id
        LEFT JOIN review_figures rf ON rf.user_id = u.id LEFT JOIN streaks s ON s.user_id = u.id
        LEFT JOIN verified v ON v.user_id = u.id LEFT JOIN factors m ON m.user_id = u.id
        LEFT JOIN cancelled c ON c.user_id = u.id LEFT JOIN disputed d ON d.user_id = u.id
        LEFT JOIN lost l ON l.user_id = u.id LEFT JOIN blocked b ON b.user_id = u.id
        LEFT JOIN followed f ON f.user_id = u.id
        WHERE u.deleted_at IS NULL
    ),
    scored AS (
        SELECT *, floor(round(greatest(0, (trade_points + review_points
            + CASE WHEN followed < 5 THEN 0 ELSE least(
                100 * greatest(0, (profitable::float8 / followed + z2 / (2 * followed) - z * sqrt(
                    profitable::float8 / followed * (1 - profitable::float8 / followed) / followed
                    + z2 / (4 * followed::float8 * followed))) / (1 + z2 / followed)),
                0.2::float8 * (trade_points + greatest(review_points, 0))) END
            + verification - penalties) * multiplier)::numeric, 6))::int AS score
        FROM earned, (VALUES (1.96::float8, 1.96::float8 * 1.96::float8)) AS constants(z, z2)
    ),
    ranked AS (
        SELECT scored.*, (
            SELECT rung.tier FROM ladder rung
            WHERE scored.partners >= rung.partners AND scored.score >= rung.score * CASE
                WHEN rung.height <= held.height THEN 0.9 ELSE 1 END
            ORDER BY rung.height DESC LIMIT 1) AS after
        FROM scored JOIN ladder held ON held.tier = scored.before
    )
"""

_FIGURES = """
    SELECT user_id, coalesce(total, 0) AS total_trades, coalesce(as_proposer, 0) AS trades_as_proposer,
        coalesce(total - as_proposer, 0) AS trades_as_recipient, coalesce(value, 0) AS total_trade_value,
        coalesce(average, 0) AS average_trade_value, coalesce(largest, 0) AS largest_trade_value,
        coalesce(reviews, 0) AS total_reviews, rating AS average_rating, communication AS communication_avg,
        packaging AS packaging_avg, accuracy AS accuracy_avg, speed AS speed_avg,
        coalesce(positive, 0) AS positive_reviews, coalesce(neutral, 0) AS neutral_reviews,
        coalesce(negative, 0) AS negative_reviews, score AS reputation_score, after AS reputation_tier,
        followed AS signals_followed, profitable AS signals_profitable,
        round(100.0 * profitable / nullif(followed, 0), 2) AS signal_accuracy_pct,
        cancelled AS cancelled_trades, disputes AS disputes_involved, lost AS disputes_lost,
        blockers AS blocks_received, date_joined AS member_since, first_at AS first_trade_at,
        last_at AS last_trade_at, coalesce(streak, 0) AS current_positive_streak,
        coalesce(longest, 0) AS longest_positive_streak, partners AS distinct_partners,
        %(as_of)s::date AS as_of
    FROM ranked
"""

COLUMNS = [
    "user_id",
    "total_trades",
    "trades_as_proposer",
    "trades_as_recipient",
    "total_trade_value",
    "average_trade_value",
    "largest_trade_value",
    "total_reviews",
    "average_rating",
    "communication_avg",
    "packaging_avg",
    "accuracy_avg",
    "speed_avg",
    "positive_reviews",
    "neutral_reviews",
    "negative_reviews",
    "reputation_score",
    "reputation_tier",
    "signals_followed",
    "signals_profitable",
    "signal_accuracy_pct",
    "cancelled_trades",
    "disputes_involved",
    "disputes_lost",
    "blocks_received",
    "member_since",
    "first_trade_at",
    "last_trade_at",
    "current_positive_streak",
    "longest_positive_streak",
    "distinct_partners",
    "as_of",
]

_LADDER = ", ".join(
    f"({height}, '{rung.tier}'::varchar, {rung.score}, {rung.partners})"
    for height, rung in enumerate(scoring.LADDER)
)
_ALL = f"""
    WITH ladder(height, tier, score, partners) AS (VALUES {_LADDER}),
    {_TRADES}, {_REVIEWS}, {_CONDUCT}, {_POINTS}
"""
_WRITE = f"""
    {_ALL}, figures AS MATERIALIZED ({_FIGURES}),
    written AS (
        INSERT INTO reputation_userreputation AS old ({", ".join(COLUMNS)}, updated_at)
        SELECT *, clock_timestamp() FROM figures
        ON CONFLICT (user_id) DO UPDATE SET
            {", ".join(f"{column} = excluded.{column}" for column in COLUMNS[1:])},
            updated_at = excluded.updated_at
    ),
    pointed AS (
        -- A day whose score is that of the day before needs no point: the curve goes on flat.
        INSERT INTO reputation_reputationpoint AS old (user_id, day, score, tier)
        SELECT user_id, f.as_of, f.reputation_score, f.reputation_tier
        FROM figures f LEFT JOIN reputation_userreputation last USING (user_id)
        WHERE (last.reputation_score, last.reputation_tier)
            IS DISTINCT FROM (f.reputation_score, f.reputation_tier)
        ON CONFLICT (user_id, day) DO UPDATE SET score = excluded.score, tier = excluded.tier
    ),
    changed AS (
        SELECT user_id, after FROM ranked WHERE after <> before
    ),
    held AS (
        -- By ascending id, as every verb between two people locks them: so nobody waits in a circle.
        SELECT id FROM accounts_user WHERE id IN (SELECT user_id FROM changed) ORDER BY id FOR NO KEY UPDATE
    ),
    promoted AS (
        UPDATE accounts_user u SET trust_tier = changed.after
        FROM held JOIN changed ON changed.user_id = held.id
        WHERE u.id = held.id
    )
    SELECT user_id, before, after, score FROM ranked WHERE after <> before ORDER BY user_id
"""  # noqa: S608  (all of it is written above)


@transaction.atomic
def recalculate_everybody(as_of: date) -> list[TierChange]:
    """Write everybody's figures, tiers and today's points as of the UTC day; who changed tier comes back.

    A function of the facts and the day: twice, or not for a week, changes nothing.
    """
    with connection.cursor() as cursor:
        # A million reviews are sorted and kept in memory; what went to disk grew faster than they did.
        cursor.execute("SET LOCAL work_mem = '256MB'")
        # Shared by the recalculations of one user: they and this one write the same rows in any order.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RECALCULATING])
        cursor.execute(_WRITE, {"as_of": as_of})
        return [TierChange(*row) for row in cursor.fetchall()]


def figures_of_everybody(as_of: date) -> list[dict[str, Any]]:
    """The same figures, only read."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_ALL} {_FIGURES}", {"as_of": as_of})
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
