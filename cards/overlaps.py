"""What one trader has for trade that another wants, nearest to a value first."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from cards.fulfilment import CONDITION_RANK, GOLD_BORDERED_SETS
from cards.models import Holding
from cards.values import CONDITION_FACTOR


class Overlap(NamedTuple):
    """A row with a free copy that the receiver wants, and the value of one copy."""

    holding: Holding
    value: Decimal


# Two short lists meet by hash; only the few rows that somebody wants are priced.
_NEAREST = """
    WITH row AS MATERIALIZED (
        SELECT h.id, h.card_id, h.finish, h.language, printing.oracle_id, printing.set_code,
            array_position(%(conditions)s::varchar[], h.condition) AS rank
        FROM cards_holding h JOIN cards_card printing ON printing.id = h.card_id
        WHERE h.owner_id = %(giver)s AND h.for_trade > h.reserved AND h.id <> ALL(%(besides)s)
    ), wish AS MATERIALIZED (
        SELECT *, array_position(%(conditions)s::varchar[], least_condition) AS worst
        FROM cards_want WHERE owner_id = %(receiver)s
    ), wanted AS (
        SELECT row.*, wish.max_price FROM row JOIN wish ON wish.card_id = row.card_id
            AND wish.finish IN ('', row.finish) AND wish.language IN ('', row.language)
            AND row.rank <= wish.worst
        UNION ALL
        SELECT row.*, wish.max_price FROM row JOIN wish ON wish.oracle_id = row.oracle_id
            AND wish.finish IN ('', row.finish) AND wish.language IN ('', row.language)
            AND row.rank <= wish.worst
            AND (wish.accepts_gold_bordered OR row.set_code <> ALL(%(gold)s))
    ), valued AS (
        SELECT wanted.id, max_price,
            round(price.price * (%(factors)s::numeric[])[wanted.rank], 2) AS value
        FROM wanted JOIN cards_currentprice price
            ON price.card_id = wanted.card_id AND price.finish = wanted.finish
    )
    SELECT id, value FROM valued
    WHERE max_price IS NULL OR value <= max_price
    GROUP BY id, value
    ORDER BY abs(value - %(near)s), id
    LIMIT %(limit)s
"""


def nearest_overlaps(
    *, giver_id: int, receiver_id: int, near: Decimal, besides: Collection[int] = (), limit: int = 3
) -> list[Overlap]:
    """The giver's rows that the receiver wants, by how near a copy's value is to `near`; two queries."""
    values: dict[str, Any] = {
        "giver": giver_id,
        "receiver": receiver_id,
        "near": near,
        "besides": list(besides),
        "limit": limit,
        "conditions": list(CONDITION_RANK),
        "factors": list(CONDITION_FACTOR.values()),
        "gold": sorted(GOLD_BORDERED_SETS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, values)
        found = cursor.fetchall()
    rows = Holding.objects.select_related("card").in_bulk([pk for pk, _value in found])
    return [Overlap(rows[pk], value) for pk, value in found]
