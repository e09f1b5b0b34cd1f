"""What one trader has for trade that another wants, nearest to a value first."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from cards.fulfilment import CONDITION_RANK, GOLD_BORDERED_SETS
from cards.models import Holding
from cards.values import CONDITION_FACTOR


class Overlap(NamedTuple):
    """A row with a free copy that the receiver wants, and the value of one copy."""

    holding: Holding
    value: Decimal


# Wants first: a want list is short beside a binder, and its printings reach the binder's rows
# through the index on (card, owner).
_NEAREST = """
    WITH wished AS MATERIALIZED (
        SELECT want.card_id, want.finish, want.language, want.max_price,
            array_position(%(conditions)s::varchar[], want.least_condition) AS worst
        FROM cards_want want WHERE want.owner_id = %(receiver)s AND want.card_id IS NOT NULL
        UNION ALL
        SELECT printing.id, want.finish, want.language, want.max_price,
            array_position(%(conditions)s::varchar[], want.least_condition)
        FROM cards_want want JOIN cards_card printing ON printing.oracle_id = want.oracle_id
        WHERE want.owner_id = %(receiver)s
            AND (want.accepts_gold_bordered OR printing.set_code <> ALL(%(gold)s))
    ), valued AS MATERIALIZED (
        SELECT h.id, h.card_id, h.finish, h.language,
            array_position(%(conditions)s::varchar[], h.condition) AS rank,
            round(price.price * (%(factors)s::numeric[])[
                array_position(%(conditions)s::varchar[], h.condition)], 2) AS value
        FROM cards_holding h
        JOIN cards_currentprice price ON price.card_id = h.card_id AND price.finish = h.finish
        WHERE h.owner_id = %(giver)s AND h.for_trade > h.reserved AND h.id <> ALL(%(besides)s)
    )
    SELECT valued.id, valued.value
    FROM valued
    WHERE EXISTS (
        SELECT FROM wished WHERE wished.card_id = valued.card_id
            AND wished.finish IN ('', valued.finish) AND wished.language IN ('', valued.language)
            AND valued.rank <= wished.worst
            AND (wished.max_price IS NULL OR valued.value <= wished.max_price))
    ORDER BY abs(valued.value - %(near)s), valued.id
    LIMIT %(limit)s
"""


def nearest_overlaps(
    *, giver_id: int, receiver_id: int, near: Decimal, besides: Collection[int] = (), limit: int = 3
) -> list[Overlap]:
    """The giver's rows that the receiver wants, by how near a copy's value is to `near`; two queries."""
    values = {
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
