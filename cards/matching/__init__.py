"""Who has what I want and wants what I have, ranked 0–100 with reasons (domain.md §2).

A want takes the copies that fit it best (best condition, then the cheapest, of one row), and a row
of a binder gives no more copies than are free. `tests/cards/test_matching.py` holds the same rules
in slow Python beside the statement.
"""

from cards.matching.eligible import ABSENT
from cards.matching.matches import Direction, Line, Match, Side, find_matches
from cards.matching.statement import FULL_VALUE, FULL_VARIETY, POINTS

__all__ = [
    "ABSENT",
    "FULL_VALUE",
    "FULL_VARIETY",
    "POINTS",
    "Direction",
    "Line",
    "Match",
    "Side",
    "find_matches",
]
