"""Matches of a trader with 500 haves and 500 wants, beside the bare SQL join that finds the overlaps.

The market: --size rows of binders (10⁶), a hundred a trader, half as many wants, 50,000 printings of
20,000 cards, half of the wants for any printing. The floor values and ranks what it finds, but
knows no conditions, finishes, languages, price limits, blocks, absences or reasons.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from django.db import connection

from bench.harness import Side, compare, database, options, report

CARDS, PRINTINGS, HAVES = 20_000, 50_000, 500
SLOWEST = 0.2  # seconds, for 95 of 100


def main() -> None:
    given = options(__doc__, calls=10)
    with database(f"bench_matches_{given.size}"):
        me = _market(given.size)
        kept = [_compare(me, direction, given) for direction in ("mutual", "want")]
    sys.exit(not all(kept))


def _compare(me: Any, direction: str, given: Any) -> bool:
    from cards.matching import Direction, find_matches

    taken: list[float] = []

    def ours() -> None:
        start = time.perf_counter()
        find_matches(me, Direction(direction))
        taken.append(time.perf_counter() - start)

    floor = _FLOORS[direction].replace("ME", str(me.pk))
    sides = [Side("ours", ours), Side("floor", lambda: _fetch(floor))]
    figures = compare(sides, rounds=given.rounds, calls=given.calls)
    is_kept = report(f"{direction} matches of 500 + 500 among {given.size:,} rows", figures, at_most=3)
    p95 = sorted(taken)[int(len(taken) * 0.95)]
    print(f"  p95    {p95 * 1000:.0f} ms, at most {SLOWEST * 1000:.0f} wanted")
    return is_kept and p95 <= SLOWEST


def _fetch(statement: str) -> list[Any]:
    driver = connection.connection
    with driver.transaction(), driver.cursor() as cursor:
        return list(cursor.execute(statement).fetchall())


_GETS = """
    SELECT h.owner_id, count(*) AS n, sum(p.price) AS value
    FROM (
        SELECT card_id FROM cards_want WHERE owner_id = ME AND card_id IS NOT NULL
        UNION ALL
        SELECT c.id FROM cards_want w JOIN cards_card c USING (oracle_id) WHERE owner_id = ME
    ) wanted
    JOIN cards_holding h ON h.card_id = wanted.card_id AND h.for_trade > 0 AND h.for_trade > h.reserved
    LEFT JOIN cards_currentprice p ON p.card_id = h.card_id AND p.finish = h.finish
    WHERE h.owner_id <> ME GROUP BY 1
"""
_GIVES = """
    SELECT wish.owner_id, count(*) AS n, sum(p.price) AS value
    FROM cards_holding h JOIN cards_card c ON c.id = h.card_id
    CROSS JOIN LATERAL (
        SELECT owner_id FROM cards_want WHERE card_id = h.card_id
        UNION ALL SELECT owner_id FROM cards_want WHERE oracle_id = c.oracle_id
    ) wish
    LEFT JOIN cards_currentprice p ON p.card_id = h.card_id AND p.finish = h.finish
    WHERE h.owner_id = ME AND h.for_trade > h.reserved AND wish.owner_id <> ME GROUP BY 1
"""
_FLOORS = {
    "mutual": f"""
        WITH gets AS ({_GETS}), gives AS ({_GIVES})
        SELECT owner_id, gets.n, gives.n, gets.value, gives.value FROM gets JOIN gives USING (owner_id)
        ORDER BY least(gets.value, gives.value) / greatest(gets.value, gives.value) DESC LIMIT 20
    """,
    "want": f"""
        WITH gets AS ({_GETS}), gives AS ({_GIVES})
        SELECT owner_id, n, value FROM gets WHERE owner_id NOT IN (SELECT owner_id FROM gives)
        ORDER BY value DESC NULLS LAST LIMIT 20
    """,
}


def _market(size: int) -> Any:
    """The trader whose matches are looked for; whoever comes first builds the market around them."""
    from accounts.models import User

    me = User.objects.filter(username="complete").first()
    if me is None:
        start = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT setseed(0.42)")
            for statement in _BUILD:
                cursor.execute(statement.format(size=size, traders=size // 100, cards=CARDS, haves=HAVES,
                                                printings=PRINTINGS, wants=size // 2))  # fmt: skip
            cursor.execute("VACUUM ANALYZE")
        print(f"a market of {size:,} rows in {time.perf_counter() - start:.0f} s", file=sys.stderr)
        me = User.objects.create(username="complete", email="complete@example.com", country="DE")
        for model in ("holding", "want"):
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE cards_{model} SET owner_id = %s WHERE owner_id = 1", [me.pk])
                cursor.execute(f"VACUUM ANALYZE cards_{model}")
    return me


_BUILD = [
    "TRUNCATE accounts_user, cards_card RESTART IDENTITY CASCADE",
    """INSERT INTO cards_card (scryfall_id, oracle_id, name, search_name, set_code, set_name,
        collector_number, rarity, languages, finishes, image_uri)
    SELECT gen_random_uuid(), md5('card' || n % {cards})::uuid, 'Card ' || n % {cards},
        'card ' || n % {cards}, CASE WHEN n % 100 = 7 THEN 'wc97' ELSE 's' || n / 300 END, 'A set', n::text,
        'rare', '{{en}}', '{{nonfoil,foil}}', ''
    FROM generate_series(0, {printings} - 1) n""",
    """INSERT INTO cards_currentprice (card_id, finish, source, day, price)
    SELECT id, finish, 'bench', current_date, round((0.05 + exp(random() * random() * 7))::numeric, 2)
    FROM cards_card, unnest(ARRAY['nonfoil', 'foil']) finish WHERE random() < 0.95""",
    """INSERT INTO accounts_user (password, is_superuser, username, is_staff, is_active, date_joined, email,
        display_name, country, time_zone, bio, trust_tier, last_seen, vacation_until, offers_from_countries,
        offers_by, offers_min_value, offers_min_tier, shows_receipts, shows_typing, shows_presence)
    SELECT '', false, 'u' || n, false, true, now(), 'u' || n || '@example.com', '',
        (ARRAY['US', 'DE', 'FR', 'GB', ''])[1 + n % 5], 'UTC', '',
        (ARRAY['new', 'bronze', 'silver', 'gold', 'platinum', 'diamond'])[1 + n % 6],
        now() - random() * interval '40 days', CASE WHEN n % 37 = 0 THEN current_date + 5 END,
        CASE WHEN n % 11 = 0 THEN ARRAY['US', 'DE'] ELSE '{{}}' END,
        (ARRAY['any', 'any', 'mail', 'in_person'])[1 + n % 4], 0,
        CASE WHEN n % 13 = 0 THEN 'silver' ELSE 'new' END, true, true, true
    FROM generate_series(0, {traders}) n""",
    """INSERT INTO cards_holding (owner_id, card_id, finish, condition, language, variant, note, quantity,
        for_trade, reserved, is_hidden, created_at, updated_at)
    SELECT owner, card, finish, (ARRAY['NM', 'NM', 'NM', 'LP', 'MP', 'HP', 'DMG'])[1 + floor(random() * 7)],
        (ARRAY['en', 'en', 'en', 'de'])[1 + floor(random() * 4)], 'none', '', quantity,
        CASE WHEN random() < 0.7 THEN ceil(random() * quantity) ELSE 0 END, 0, false, now(), now()
    FROM (
        SELECT DISTINCT ON (owner, card, finish) * FROM (
            SELECT 2 + floor(random() * ({traders} - 1))::int AS owner,
                1 + floor(random() * {printings})::int AS card,
                (ARRAY['nonfoil', 'nonfoil', 'foil'])[1 + floor(random() * 3)] AS finish,
                1 + floor(random() * 4)::int AS quantity
            FROM generate_series(1, {size})
        ) drawn
    ) rows ORDER BY random()""",
    """INSERT INTO cards_want (owner_id, card_id, oracle_id, quantity, least_condition, finish, language,
        max_price, accepts_gold_bordered, created_at, updated_at)
    SELECT owner, CASE WHEN one_printing THEN card END,
        CASE WHEN NOT one_printing THEN md5('card' || card % {cards})::uuid END, 1 + floor(random() * 3),
        (ARRAY['DMG', 'DMG', 'MP', 'LP', 'NM'])[1 + floor(random() * 5)],
        (ARRAY['', '', 'nonfoil', 'foil'])[1 + floor(random() * 4)],
        (ARRAY['', '', '', 'en'])[1 + floor(random() * 4)], CASE WHEN random() < 0.2 THEN 10 END,
        random() < 0.1, now(), now()
    FROM (
        SELECT 2 + floor(random() * ({traders} - 1))::int AS owner,
            1 + floor(random() * {printings})::int AS card, random() < 0.5 AS one_printing
        FROM generate_series(1, {wants})
    ) rows ON CONFLICT DO NOTHING""",
    """INSERT INTO cards_holding (owner_id, card_id, finish, condition, language, variant, note, quantity,
        for_trade, reserved, is_hidden, created_at, updated_at)
    SELECT 1, n * 97, 'nonfoil', (ARRAY['NM', 'LP', 'MP'])[1 + n % 3], 'en', 'none', '', 2, 1 + n % 2, 0,
        false, now(), now() FROM generate_series(1, {haves}) n""",
    """INSERT INTO cards_want (owner_id, card_id, oracle_id, quantity, least_condition, finish, language,
        accepts_gold_bordered, created_at, updated_at)
    SELECT 1, CASE WHEN n % 2 = 0 THEN n * 89 END,
        CASE WHEN n % 2 = 1 THEN md5('card' || n * 37 % {cards})::uuid END, 1 + n % 2,
        (ARRAY['DMG', 'MP', 'LP'])[1 + n % 3], '', '', false, now(), now()
    FROM generate_series(1, {haves}) n""",
]

if __name__ == "__main__":
    main()
