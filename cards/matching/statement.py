"""The one statement that finds, values and ranks matches.

It starts from the few rows of one trader and reaches the many of all others only through the
covering indexes `holding_for_trade`, `want_by_card` and `want_by_oracle`. `OFFSET 0` and
MATERIALIZED keep PostgreSQL to that way: its estimates of how many rows one trader has would
send it through whole tables instead.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from orjson import loads

from accounts.limits import Tier
from accounts.models import User
from cards.fulfilment import CONDITION_RANK, GOLD_BORDERED_SETS
from cards.values import CONDITION_FACTOR

FULL_VALUE = 500  # both directions together; a match worth this much earns all points for value
FULL_VARIETY = 10  # different printings, both directions together
POINTS = {"balance": 40, "value": 20, "variety": 15, "condition": 10, "tier": 10, "country": 5}


class Row(NamedTuple):
    """One trader. Lines are [holding id, copies, value of a copy as text or None], dearest first."""

    trader: int
    balance: float  # points, as are the next five
    value: float
    variety: float
    condition: float
    tier: float
    country: float
    score: float
    get_copies: int
    get_value: Decimal
    give_copies: int
    give_value: Decimal
    gets: list[list[Any]]
    gives: list[list[Any]]


def ranked(user: User, partners: QuerySet[User], direction: str, limit: int, offset: int) -> list[Row]:
    """The rows of the best of `partners`; `direction` as in Direction."""
    eligible, values = partners.values("pk").query.sql_with_params()
    named: dict[str, Any] = {f"eligible{number}": value for number, value in enumerate(values)}
    statement = _STATEMENT.replace("{eligible}", eligible % tuple(f"%({name})s" for name in named))
    page: dict[str, Any] = {"direction": direction, "limit": limit, "offset": offset}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**named, **_values(user), **page})
        return [Row._make([*row, loads(gets), loads(gives)]) for *row, gets, gives in cursor]


def _values(user: User) -> dict[str, Any]:
    return {
        "me": user.pk,
        "my_country": user.country.code or None,
        "my_least": user.offers_min_value,
        "conditions": list(CONDITION_RANK),
        "factors": list(CONDITION_FACTOR.values()),
        "gold": sorted(GOLD_BORDERED_SETS),
        "tiers": list(Tier.values),
        "full_value": FULL_VALUE,
        "full_variety": FULL_VARIETY,
        **{f"points_for_{name}": points for name, points in POINTS.items()},
    }


_STATEMENT = """
WITH
-- What I want, as the printings that would do, each with its prices.
wanted AS MATERIALIZED (
    SELECT want.id AS want_id, want.quantity, want.finish, want.language, want.max_price, want.worst,
        printing.id AS card_id, price.nonfoil, price.foil, price.etched
    FROM (
        SELECT *, array_position(%(conditions)s::varchar[], least_condition) AS worst
        FROM cards_want WHERE owner_id = %(me)s OFFSET 0
    ) want
    CROSS JOIN LATERAL (
        SELECT id FROM cards_card WHERE id = want.card_id
        UNION ALL
        SELECT id FROM cards_card WHERE oracle_id = want.oracle_id
            AND (want.accepts_gold_bordered OR set_code <> ALL (%(gold)s))
    ) printing
    CROSS JOIN LATERAL (
        SELECT max(price) FILTER (WHERE finish = 'nonfoil') AS nonfoil,
            max(price) FILTER (WHERE finish = 'foil') AS foil,
            max(price) FILTER (WHERE finish = 'etched') AS etched
        FROM cards_currentprice WHERE card_id = printing.id
    ) price
),
get_pairs AS (
    SELECT copy.owner_id AS trader, copy.id AS holding, wanted.card_id, copy.free, copy.rank,
        wanted.want_id, wanted.quantity, worth.value
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT owner_id, id, finish, for_trade - reserved AS free,
            array_position(%(conditions)s::varchar[], condition) AS rank
        FROM cards_holding
        WHERE card_id = wanted.card_id AND for_trade > 0 AND for_trade > reserved AND owner_id <> %(me)s
            AND wanted.finish IN ('', finish) AND wanted.language IN ('', language)
            AND array_position(%(conditions)s::varchar[], condition) <= wanted.worst
        OFFSET 0
    ) copy
    CROSS JOIN LATERAL (
        SELECT round((%(factors)s::numeric[])[copy.rank] * CASE copy.finish WHEN 'nonfoil'
            THEN wanted.nonfoil WHEN 'foil' THEN wanted.foil ELSE wanted.etched END, 2) AS value
    ) worth
    WHERE wanted.max_price IS NULL OR worth.value IS NULL OR worth.value <= wanted.max_price
),
get_best AS (
    SELECT DISTINCT ON (trader, want_id) * FROM get_pairs ORDER BY trader, want_id, rank, value, holding
),
get_lines AS MATERIALIZED (
    SELECT trader, holding, min(card_id) AS card_id, min(value) AS value, min(rank) AS rank,
        least(sum(quantity), min(free)) AS copies
    FROM get_best GROUP BY trader, holding
),
gets AS (
    SELECT trader, sum(copies) AS copies, coalesce(sum(copies * value), 0) AS value,
        sum(copies * (%(factors)s::numeric[])[rank]) AS quality, count(DISTINCT card_id) AS cards
    FROM get_lines GROUP BY trader
),
-- What I offer, and who looks for it.
offered AS MATERIALIZED (
    SELECT mine.*, card.oracle_id, card.set_code = ANY (%(gold)s) AS is_gold_bordered,
        round((%(factors)s::numeric[])[mine.rank] * price.price, 2) AS value
    FROM (
        SELECT id, card_id, finish, language, for_trade - reserved AS free,
            array_position(%(conditions)s::varchar[], condition) AS rank
        FROM cards_holding WHERE owner_id = %(me)s AND for_trade > reserved OFFSET 0
    ) mine
    JOIN cards_card card ON card.id = mine.card_id
    LEFT JOIN cards_currentprice price ON price.card_id = mine.card_id AND price.finish = mine.finish
),
give_pairs AS (
    SELECT wish.owner_id AS trader, offered.id AS holding, offered.card_id, offered.free, offered.rank,
        wish.id AS want_id, wish.quantity, offered.value
    FROM offered
    CROSS JOIN LATERAL (
        SELECT owner_id, id, quantity, finish, language, least_condition, max_price
        FROM cards_want WHERE card_id = offered.card_id
        UNION ALL
        SELECT owner_id, id, quantity, finish, language, least_condition, max_price
        FROM cards_want WHERE oracle_id = offered.oracle_id
            AND (accepts_gold_bordered OR NOT offered.is_gold_bordered)
        OFFSET 0
    ) wish
    WHERE wish.owner_id <> %(me)s
        AND wish.finish IN ('', offered.finish) AND wish.language IN ('', offered.language)
        AND offered.rank <= array_position(%(conditions)s::varchar[], wish.least_condition)
        AND (wish.max_price IS NULL OR offered.value IS NULL OR offered.value <= wish.max_price)
),
give_best AS (
    SELECT DISTINCT ON (trader, want_id) * FROM give_pairs ORDER BY trader, want_id, rank, value, holding
),
give_lines AS MATERIALIZED (
    SELECT trader, holding, min(card_id) AS card_id, min(value) AS value, min(rank) AS rank,
        least(sum(quantity), min(free)) AS copies
    FROM give_best GROUP BY trader, holding
),
gives AS (
    SELECT trader, sum(copies) AS copies, coalesce(sum(copies * value), 0) AS value,
        sum(copies * (%(factors)s::numeric[])[rank]) AS quality, count(DISTINCT card_id) AS cards
    FROM give_lines GROUP BY trader
),
-- Both together, in the direction asked for.
overlap AS (
    SELECT trader, coalesce(gets.copies, 0) AS get_copies, coalesce(gets.value, 0) AS get_value,
        coalesce(gives.copies, 0) AS give_copies, coalesce(gives.value, 0) AS give_value,
        coalesce(gets.quality, 0) + coalesce(gives.quality, 0) AS quality,
        coalesce(gets.cards, 0) + coalesce(gives.cards, 0) AS cards
    FROM gets FULL JOIN gives USING (trader)
    WHERE CASE %(direction)s
        WHEN 'mutual' THEN gets.copies > 0 AND gives.copies > 0
        WHEN 'want' THEN gives.copies IS NULL
        ELSE gets.copies IS NULL END
),
scored AS (
    SELECT trader, get_copies, get_value, give_copies, give_value,
        %(points_for_balance)s * coalesce(least(get_value, give_value)
            / nullif(greatest(get_value, give_value), 0), 0)::float8 AS balance,
        %(points_for_value)s * least(1, ln(1 + (get_value + give_value)::float8)
            / ln(1 + %(full_value)s::float8)) AS value,
        %(points_for_variety)s * least(1, cards / %(full_variety)s::float8) AS variety,
        %(points_for_condition)s * (quality / (get_copies + give_copies))::float8 AS condition,
        %(points_for_tier)s * (array_position(%(tiers)s::varchar[], partner.trust_tier) - 1)
            / (cardinality(%(tiers)s::varchar[]) - 1)::float8 AS tier,
        CASE WHEN partner.country = %(my_country)s THEN %(points_for_country)s ELSE 0 END::float8 AS country
    FROM overlap JOIN accounts_user partner ON partner.id = trader
    WHERE trader IN ({eligible})
        AND (%(direction)s <> 'mutual'
            OR (give_value >= partner.offers_min_value AND get_value >= %(my_least)s))
),
best AS (
    SELECT *, balance + value + variety + condition + tier + country AS score
    FROM scored ORDER BY score DESC, trader LIMIT %(limit)s OFFSET %(offset)s
),
get_lists AS MATERIALIZED (
    SELECT trader, jsonb_agg(jsonb_build_array(holding, copies, value::text)
        ORDER BY value DESC NULLS LAST, holding) AS lines
    FROM get_lines WHERE trader = ANY (ARRAY(SELECT trader FROM best)) GROUP BY trader
),
give_lists AS MATERIALIZED (
    SELECT trader, jsonb_agg(jsonb_build_array(holding, copies, value::text)
        ORDER BY value DESC NULLS LAST, holding) AS lines
    FROM give_lines WHERE trader = ANY (ARRAY(SELECT trader FROM best)) GROUP BY trader
)
SELECT trader, balance, value, variety, condition, tier, country, score,
    get_copies, get_value, give_copies, give_value,
    coalesce(get_lists.lines, '[]'), coalesce(give_lists.lines, '[]')
FROM best LEFT JOIN get_lists USING (trader) LEFT JOIN give_lists USING (trader)
ORDER BY score DESC, trader
"""
