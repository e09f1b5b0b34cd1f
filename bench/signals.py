"""Judging calls past their end beside its floor: the bare join, and the same rows written.

    bin/bench signals [--size 10000] [--rounds 5] [--growth]

Ten follows and a hundred daily prices a call: 100,000 and 1,000,000. `--growth` does the same with
twice as many of all, and prints the exponent.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta

from bench.harness import ROUNDS, Figures, Side, compare, database, report
from bench.reputation import copies, execute, grows

SIZE = 10_000
DAYS = 200  # of prices; a card has two calls, each by half of them
FOLLOWS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=SIZE, help="calls")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f}")
    with database("bench_signals"):
        small = run(options.size, options.rounds)
        kept = report(title(options.size), small, at_most=2)
        if options.growth:
            large = run(2 * options.size, options.rounds)
            kept &= report(title(2 * options.size), large, at_most=2)
            kept &= grows(small, large)
    print(f"load after: {os.getloadavg()[0]:.2f}")
    sys.exit(not kept)


def title(size: int) -> str:
    return f"evaluation: {size:,} calls, {FOLLOWS * size:,} follows, {DAYS // 2 * size:,} prices"


def run(size: int, rounds: int) -> dict[str, Figures]:
    build(size)
    ours()
    expected = written()
    as_before()
    floor()
    assert written() == expected, "the floor writes other rows than ours"
    return compare([Side("ours", ours, as_before), Side("floor", floor, as_before)], rounds=rounds)


def ours() -> None:
    from signals_bridge.services import evaluate_signals

    evaluate_signals()


def floor() -> None:
    """Every call ended and has one source: no choice, no locks, no batches, the same rows."""
    from django.db import transaction

    with transaction.atomic():
        execute(*_FLOOR)


# The way that a call says, and what was won of it: SELL is the mirror.
_SIGN = "CASE action WHEN 'SELL' THEN -1 ELSE 1 END"
_FLOOR = (
    f"""
    WITH seen AS (
        SELECT s.id, (array_agg(p.price ORDER BY p.day DESC))[1] AS last,
            min(p.price) AS low, max(p.price) AS high
        FROM signals_bridge_recommendation s
        JOIN cards_pricesnapshot p ON p.card_id = s.card_id AND p.finish = s.finish AND p.source = 'csv'
          AND p.day BETWEEN (s.issued_at AT TIME ZONE 'UTC')::date
            AND (s.valid_until AT TIME ZONE 'UTC')::date
        WHERE s.status = 'active' AND s.valid_until <= now()
        GROUP BY s.id
    ), judged AS (
        SELECT s.id, {_SIGN} AS sign, last, CASE action WHEN 'BUY' THEN high WHEN 'SELL' THEN low
            ELSE CASE WHEN high - price_at_issue >= price_at_issue - low THEN high ELSE low END END AS peak
        FROM seen JOIN signals_bridge_recommendation s USING (id)
    )
    UPDATE signals_bridge_recommendation s SET status = 'evaluated', evaluated_at = now(),
        price_end = last, price_peak = peak, peak_day = (
            SELECT min(day) FROM cards_pricesnapshot p
            WHERE p.card_id = s.card_id AND p.finish = s.finish AND p.source = 'csv' AND p.price = peak
              AND p.day BETWEEN (s.issued_at AT TIME ZONE 'UTC')::date
                AND (s.valid_until AT TIME ZONE 'UTC')::date),
        accuracy_end = CASE action
            WHEN 'HOLD' THEN greatest(0, 1 - abs(peak - price_at_issue) / (0.15 * price_at_issue))
            ELSE greatest(0, least(1, (last - price_at_issue) / (target_price - price_at_issue))) END,
        accuracy_peak = CASE action
            WHEN 'HOLD' THEN greatest(0, 1 - abs(peak - price_at_issue) / (0.15 * price_at_issue))
            ELSE greatest(0, least(1, (peak - price_at_issue) / (target_price - price_at_issue))) END,
        profit_pct_end = 100 * sign * (last - price_at_issue) / price_at_issue,
        profit_pct_peak = 100 * sign * (peak - price_at_issue) / price_at_issue
    FROM judged WHERE judged.id = s.id
    """,
    f"""
    UPDATE signals_bridge_recommendationaction f SET outcome_accuracy = s.accuracy_end,
        user_profit_pct = 100 * {_SIGN} * (s.price_end - entry_price) / entry_price,
        is_profitable = CASE action
            WHEN 'HOLD' THEN abs(price_peak - price_at_issue) <= 0.075 * price_at_issue
            ELSE {_SIGN} * (s.price_end - entry_price) > 0 END
    FROM signals_bridge_recommendation s WHERE s.id = f.recommendation_id
    """,
    """
    INSERT INTO reputation_signaloutcome (user_id, source, external_id, profitable, evaluated_at)
    SELECT f.user_id, source.name, s.external_id, f.is_profitable, now()
    FROM signals_bridge_recommendationaction f
    JOIN signals_bridge_recommendation s ON s.id = f.recommendation_id
    JOIN signals_bridge_source source ON source.id = s.source_id
    WHERE f.exclusion = ''
    """,
    """
    INSERT INTO notifications_notification
        (user_id, category, kind, text, url, key, subject, actor_id, params, created_at)
    SELECT f.user_id, 'signals', 'signal_evaluated',
        CASE action WHEN 'HOLD' THEN 'The HOLD of {card} is over: {accuracy} % accurate.'
            WHEN 'BUY' THEN 'The BUY of {card} is over: {profit} % for you.'
            ELSE 'The SELL of {card} is over: {profit} % for you.' END,
        '/signals/' || s.id || '/', 'signal-outcome:' || s.id, 'signal:' || s.id, NULL,
        jsonb_build_object('card', card.name, 'profit',
            translate(to_char(f.user_profit_pct, 'FMSG999999999990.00'), '-', '−'),
            'accuracy', round(100 * s.accuracy_end)), now()
    FROM signals_bridge_recommendationaction f
    JOIN signals_bridge_recommendation s ON s.id = f.recommendation_id
    JOIN cards_card card ON card.id = s.card_id
    """,
)


def written() -> list[tuple[int, str]]:
    """A count and a digest of all that a run writes, but for times and ids."""
    from django.db import connection

    tables = {
        "signals_bridge_recommendation": "id, status, price_end, price_peak, peak_day, accuracy_end,"
        " accuracy_peak, profit_pct_end, profit_pct_peak",
        "signals_bridge_recommendationaction": "user_profit_pct, outcome_accuracy, is_profitable, id",
        "reputation_signaloutcome": "user_id, source, external_id, profitable",
        "notifications_notification": "user_id, kind, text, url, key, subject, params",
    }
    found = []
    with connection.cursor() as cursor:
        for table, columns in tables.items():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(said, ' ' ORDER BY said))"
                f" FROM (SELECT ROW({columns})::text AS said FROM {table}) rows"
            )
            found.append(cursor.fetchone())
    return found


def as_before() -> None:
    """All calls run and nobody has been told; tables as clean as at the start."""
    execute(
        "SET session_replication_role = replica",
        "TRUNCATE reputation_signaloutcome, notifications_notification RESTART IDENTITY",
        "UPDATE signals_bridge_recommendation SET status = 'active', evaluated_at = NULL, price_end = NULL,"
        " price_peak = NULL, peak_day = NULL, accuracy_end = NULL, accuracy_peak = NULL,"
        " profit_pct_end = NULL, profit_pct_peak = NULL",
        "UPDATE signals_bridge_recommendationaction"
        " SET user_profit_pct = NULL, outcome_accuracy = NULL, is_profitable = NULL",
        "SET session_replication_role = DEFAULT",
        "VACUUM (FULL, ANALYZE) signals_bridge_recommendation, signals_bridge_recommendationaction",
        "VACUUM ANALYZE reputation_signaloutcome, notifications_notification",
        "CHECKPOINT",
    )


def build(size: int) -> None:
    """One row of each kind, then the database multiplies them; prices come day by day, as they do."""
    execute(
        "TRUNCATE accounts_user, cards_card, notifications_notification CASCADE",
        "SET session_replication_role = replica",
    )
    seed()
    cards, users = size // 2, size
    execute(
        copies(
            "accounts_user",
            f"generate_series(10, {users} + 9) n",
            {"id": "n", "username": "'u' || n", "email": "'u' || n || '@example.com'"},
        ),
        copies(
            "cards_card",
            f"generate_series(10, {cards} + 9) n",
            {
                "id": "n",
                "name": "'Card ' || n",
                "search_name": "'card ' || n",
                **dict.fromkeys(["scryfall_id", "oracle_id"], "gen_random_uuid()"),
            },
        ),
        f"""
        INSERT INTO cards_pricesnapshot (card_id, finish, source, day, price)
        SELECT card, 'nonfoil', 'csv', current_date - {DAYS} + day,
            round((2 + card % 40 * (1 + 0.3 * sin(card + day / 17.0)) + random())::numeric, 2)
        FROM generate_series(1, {DAYS}) day, generate_series(10, {cards} + 9) card
        """,
        copies(
            "signals_bridge_recommendation",
            f"generate_series(10, {size} + 9) n CROSS JOIN LATERAL"
            f" (SELECT 10 + n % {cards} AS card, (2 + (10 + n % {cards}) % 40)::numeric AS price) of_card",
            {
                "id": "n",
                "external_id": "n",
                "card_id": "card",
                "price_at_issue": "price",
                "action": "(ARRAY['BUY', 'SELL', 'HOLD'])[1 + n % 3]",
                "target_price": "CASE n % 3 WHEN 0 THEN price * 1.2 WHEN 1 THEN price * 0.8 END",
                "issued_at": f"now() - (2 + ((n - 10) / {cards} + 1) * {DAYS // 2 - 1}) * interval '1 day'",
                "valid_until": f"now() - (2 + (n - 10) / {cards} * {DAYS // 2 - 1}) * interval '1 day'",
            },
        ),
        copies(
            "signals_bridge_recommendationaction",
            f"generate_series(0, {FOLLOWS * size} - 1) n",
            {
                "id": "10 + n",
                "recommendation_id": f"10 + n % {size}",
                "user_id": f"10 + (n % {size} * 7 + n / {size} * 31) % {users}",
                "entry_price": f"(2 + (10 + (10 + n % {size}) % {cards}) % 40) * (0.8 + n % 9 * 0.05)",
                "exclusion": "CASE n % 5 WHEN 0 THEN 'repeated' ELSE '' END",
            },
        ),
        "DELETE FROM signals_bridge_recommendationaction WHERE id = 1",
        "DELETE FROM signals_bridge_recommendation WHERE id = 1",
        "DELETE FROM cards_card WHERE id = 1",
        "DELETE FROM accounts_user WHERE id < 10",
        "SET session_replication_role = DEFAULT",
        "VACUUM ANALYZE",
    )
    as_before()


def seed() -> None:
    from accounts.models import User
    from cards.models import Card
    from core.clock import database_now
    from signals_bridge.models import Recommendation, RecommendationAction, Source

    now = database_now()
    user = User(id=1, username="seed", email="seed@example.com", date_joined=now - timedelta(days=900))
    card = Card(
        id=1, scryfall_id="00000000-0000-0000-0000-000000000001", name="Seed", search_name="seed",
        oracle_id="00000000-0000-0000-0000-000000000002", set_code="m10", set_name="Magic 2010",
        collector_number="0", rarity="common", languages=["en"], finishes=["nonfoil"],
    )  # fmt: skip
    source = Source(id=1, name="wire", created_at=now)
    call = Recommendation(
        id=1, source=source, external_id="seed", card=card, finish="nonfoil", action="BUY", price_at_issue=10,
        target_price=15, confidence="0.75", rationale="It is in every deck now.",
        issued_at=now - timedelta(days=30), valid_until=now - timedelta(days=2), received_at=now,
    )  # fmt: skip
    follow = RecommendationAction(
        id=1, user=user, recommendation=call, tracking="explicit", acted_at=now - timedelta(days=20),
        entry_price=10,
    )  # fmt: skip
    for row in (user, card, source, call, follow):
        type(row)._base_manager.bulk_create([row])


if __name__ == "__main__":
    main()
