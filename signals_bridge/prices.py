"""What a card costs when a call is made or followed: its newest price, whichever of our sources has it.

Not the price by which copies are valued: that is the first source's, however old, and whoever knows
that it stands still could follow at a price which nobody asks any more.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import connection

from cards.models import Card
from core.clock import database_today

# Of one card and finish up to a day; of the same day the first source's. Takes %(sources)s.
NEWEST_PRICE = """
    SELECT price FROM cards_pricesnapshot newest
    WHERE newest.card_id = {card} AND newest.finish = {finish} AND newest.day <= {day}
      AND newest.source = ANY(%(sources)s::text[])
    ORDER BY newest.day DESC, array_position(%(sources)s::text[], newest.source::text) LIMIT 1
"""
_NOW = f"""
    SELECT asked.finish, ({NEWEST_PRICE.format(card="%(card)s", finish="asked.finish", day="%(today)s")})
    FROM unnest(%(finishes)s::text[]) AS asked (finish)
"""  # noqa: S608  (constants of this module)


def newest_prices(card: Card) -> dict[str, Decimal]:
    """The newest price of each finish of `card` that has one, site currency; one query and the clock."""
    values = {
        "card": card.pk,
        "finishes": list(card.finishes),
        "today": database_today(),
        "sources": settings.PRICE_SOURCES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOW, values)
        return {finish: price for finish, price in cursor.fetchall() if price is not None}
