"""The nightly recalculation beside its floor: the bare aggregates and one UPDATE of the same rows.

    bin/bench reputation [--size 500000] [--rounds 5] [--growth]

A tenth as many users as reviews, half as many trades. `--growth` does the same with twice the
reviews, and prints the exponent.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from datetime import timedelta

from bench.harness import ROUNDS, Figures, Side, compare, database, report

SIZE = 500_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help="reviews")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    with database("bench_reputation"):
        small = run(options.size, options.rounds)
        kept = report(title(options.size), small, at_most=3)
        if options.growth:
            large = run(2 * options.size, options.rounds)
            kept &= report(title(2 * options.size), large, at_most=3)
            kept &= grows(small, large)
    sys.exit(not kept)


def title(size: int) -> str:
    return f"everybody's figures: {size // 10:,} users, {size:,} reviews"


def grows(small: dict[str, Figures], large: dict[str, Figures]) -> bool:
    """By CPU, as the two sizes cannot take turns: the machine may be busier while one is measured."""
    by_cpu, by_clock = (_exponent(small, large, of) for of in ("cpu", "seconds"))
    kept = by_cpu <= 1.05
    words = "kept" if kept else "MISSED"
    print(f"  exponent {by_cpu:.2f} of CPU, {by_clock:.2f} by the clock; at most 1.05 wanted: {words}")
    return kept


def _exponent(small: dict[str, Figures], large: dict[str, Figures], of: str) -> float:
    fast, slow = (statistics.median(getattr(figures["ours"], of)) for figures in (small, large))
    return math.log2(slow / fast)


def run(size: int, rounds: int) -> dict[str, Figures]:
    build(size)
    ours()  # so that both sides find every row there
    return compare([Side("ours", ours, tidy), Side("floor", floor, tidy)], rounds=rounds)


def ours() -> None:
    from reputation.services import recalculate_all

    recalculate_all()


def floor() -> None:
    """What everybody's page needs at the least: counts, sums and averages, written over every row."""
    execute(
        "SET work_mem = '256MB'",  # as ours has
        """
        UPDATE reputation_userreputation r SET
            total_trades = t.n, trades_as_proposer = t.proposed, trades_as_recipient = t.n - t.proposed,
            total_trade_value = t.value, average_trade_value = t.average, largest_trade_value = t.largest,
            first_trade_at = t.first_at, last_trade_at = t.last_at, distinct_partners = t.partners,
            total_reviews = v.n, average_rating = v.average, communication_avg = v.communication,
            packaging_avg = v.packaging, accuracy_avg = v.accuracy, speed_avg = v.speed,
            positive_reviews = v.positive, neutral_reviews = v.neutral, negative_reviews = v.negative,
            updated_at = clock_timestamp()
        FROM (
            SELECT side.user_id, count(*) AS n, count(*) FILTER (WHERE side.proposed) AS proposed,
                sum(total_trade_value) AS value, avg(total_trade_value) AS average,
                max(total_trade_value) AS largest, min(completed_at) AS first_at,
                max(completed_at) AS last_at, count(DISTINCT side.partner_id) AS partners
            FROM (
                SELECT user_a_id AS user_id, user_b_id AS partner_id, true AS proposed, total_trade_value,
                    completed_at FROM reputation_completedtrade
                UNION ALL
                SELECT user_b_id, user_a_id, false, total_trade_value, completed_at
                FROM reputation_completedtrade
            ) side
            GROUP BY 1
        ) t
        JOIN (
            SELECT r.reviewee_id AS user_id, count(*) AS n, avg(overall_rating) AS average,
                avg(communication_rating) AS communication, avg(packaging_rating) AS packaging,
                avg(accuracy_rating) AS accuracy, avg(speed_rating) AS speed,
                count(*) FILTER (WHERE overall_rating >= 4) AS positive,
                count(*) FILTER (WHERE overall_rating = 3) AS neutral,
                count(*) FILTER (WHERE overall_rating <= 2) AS negative
            FROM reputation_tradereview r JOIN reputation_completedtrade c ON c.id = r.trade_id
            WHERE NOT r.is_hidden AND c.reviews_revealed_at IS NOT NULL
            GROUP BY 1
        ) v USING (user_id)
        WHERE r.user_id = t.user_id
        """,
    )


def tidy() -> None:
    """Neither side pays for the rows that the other left behind."""
    execute("VACUUM ANALYZE reputation_userreputation, reputation_reputationpoint, accounts_user")
    execute("CHECKPOINT")


def execute(*statements: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def build(size: int) -> None:
    """One row of each kind, then the database multiplies them."""
    users, trades = size // 10, size // 2
    execute(
        "TRUNCATE accounts_user, trades_tradeproposal, notifications_notification CASCADE",
        # The rows are the database's own: their foreign keys need no look-up of each.
        "SET session_replication_role = replica",
    )
    seed()
    execute(
        copies(
            "accounts_user",
            f"generate_series(10, {users} + 9) n",
            {"id": "n", "username": "'u' || n", "email": "'u' || n || '@example.com'"},
        ),
        """
        INSERT INTO account_emailaddress (user_id, email, verified, "primary")
        SELECT id, email, true, true FROM accounts_user
        """,
        f"""
        CREATE TEMP TABLE drawn ON COMMIT PRESERVE ROWS AS
        SELECT n, a, 10 + (a - 9 + floor(random() * ({users} - 1)))::int % {users} AS b, at, price
        FROM (SELECT n, 10 + floor(random() * random() * {users})::int AS a,
            now() - random() * interval '700 days' AS at, (1 + floor(random() * 60))::numeric(10, 2) AS price
            FROM generate_series(10, {trades} + 9) n) one
        """,
        "DELETE FROM drawn WHERE a = b",
        copies(
            "trades_tradeproposal",
            "drawn",
            {
                "id": "n",
                "proposer_id": "a",
                "recipient_id": "b",
                **dict.fromkeys(["sent_at", "completed_at", "closed_at"], "at"),
                **dict.fromkeys(["proposer_offers_value", "proposer_wants_value"], "price"),
            },
        ),
        copies(
            "reputation_completedtrade",
            "drawn",
            {
                "id": "n",
                "proposal_id": "n",
                "user_a_id": "a",
                "user_b_id": "b",
                **dict.fromkeys(["completed_at", "reviews_revealed_at", "reviews_close_at"], "at"),
                "total_trade_value": "2 * price",
                "is_counted": "price >= 2",
            },
        ),
        copies(
            "reputation_tradereview",
            "drawn, generate_series(0, 1) side",
            {
                "id": "2 * n + side",
                "trade_id": "n",
                "reviewer_id": "CASE side WHEN 0 THEN a ELSE b END",
                "reviewee_id": "CASE side WHEN 0 THEN b ELSE a END",
                "overall_rating": "5 - floor(5 * random() * random() * random())",
                "speed_rating": "5 - floor(5 * random() * random())",
                "is_hidden": "random() < 0.02",
            },
        ),
        "DELETE FROM reputation_tradereview WHERE id = 1",
        "DELETE FROM reputation_completedtrade WHERE id = 1",
        "DELETE FROM trades_tradeproposal WHERE id = 1",
        "DELETE FROM accounts_user WHERE id < 10",
        """
        INSERT INTO accounts_block (blocker_id, blocked_id, created_at)
        SELECT a, b, at FROM drawn WHERE n % 50 = 0 ON CONFLICT DO NOTHING
        """,
        f"""
        INSERT INTO reputation_signaloutcome (user_id, source, external_id, profitable, evaluated_at)
        SELECT 10 + n % {users}, 's', n, random() < 0.6, now() FROM generate_series(1, {users}) n
        """,
        "DROP TABLE drawn",
        "SET session_replication_role = DEFAULT",
        "VACUUM ANALYZE",
    )


def copies(table: str, of: str, changes: dict[str, str]) -> str:
    """The statement that multiplies the row with the id 1."""
    from django.db import connection

    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    values = ", ".join(changes.get(name, f'seed."{name}"') for name in names)
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} seed, {of} WHERE seed.id = 1"


def seed() -> None:
    from accounts.models import User
    from core.clock import database_now
    from reputation.models import CompletedTrade, TradeReview
    from trades.models import Status, TradeProposal

    now = database_now()
    one, other = User.objects.bulk_create(
        User(id=n, username=f"seed{n}", email=f"seed{n}@example.com", date_joined=now - timedelta(days=900))
        for n in (1, 2)
    )
    proposal = TradeProposal(
        id=1, proposer=one, recipient=other, status=Status.COMPLETED, created_at=now, sent_at=now,
        expires_at=now, accepted_at=now, completed_at=now, closed_at=now,
    )  # fmt: skip
    trade = CompletedTrade(
        id=1, proposal=proposal, user_a=one, user_b=other, user_a_name="a", user_b_name="b", user_a_gave=[],
        user_b_gave=[], user_a_gave_value=10, user_b_gave_value=10, cash_from_a=0, cash_from_b=0,
        total_trade_value=20, completion_method="mail", proposed_at=now, completed_at=now,
        user_a_confirmed=True, user_b_confirmed=True, is_counted=True, reviews_close_at=now,
        reviews_revealed_at=now,
    )  # fmt: skip
    review = TradeReview(
        id=1, trade=trade, reviewer=one, reviewee=other, overall_rating=5, communication_rating=4,
        seal="0" * 64, salt=b"0" * 32, comment="As described.", created_at=now, updated_at=now,
    )  # fmt: skip
    for row in (proposal, trade, review):
        type(row)._base_manager.bulk_create([row])


if __name__ == "__main__":
    main()
