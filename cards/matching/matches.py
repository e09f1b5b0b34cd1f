"""Matches as pages and the API show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from accounts.models import User
from cards.matching.eligible import eligible_partners
from cards.matching.reasons import reasons
from cards.matching.statement import POINTS, ranked
from cards.models import Holding


class Direction(StrEnum):
    MUTUAL = "mutual"
    WANT = "want"  # they have what I want, and want nothing of mine
    HAVE = "have"  # they want what I have, and have nothing for me


class Line(NamedTuple):
    """Copies of one row of a binder that the other side wants."""

    holding: Holding
    copies: int
    value: Decimal | None  # of one copy; None without a price


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two could give."""

    rows: int
    copies: int
    value: Decimal  # of the copies that have a price
    lines: Sequence[Line]  # the dearest; as many as were asked for

    @property
    def more(self) -> int:
        """Rows beyond those lines."""
        return self.rows - len(self.lines)


@dataclass(frozen=True, slots=True)
class Match:
    trader: User
    score: float  # 0–100, the sum of the points
    points: Mapping[str, float]  # by the keys of POINTS
    they_give: Side
    i_give: Side

    @property
    def reasons(self) -> list[str]:
        """Why, in words, the weightiest first."""
        return reasons(self)


def find_matches(
    user: User, direction: Direction, *, limit: int = 20, offset: int = 0, lines: int = 5
) -> list[Match]:
    """The best matches of `user`, each with up to `lines` lines a side; four queries, whatever there is."""
    rows = ranked(user, eligible_partners(user), direction, limit, offset)
    traders = User.objects.in_bulk([row.trader for row in rows])
    shown = [holding for row in rows for side in (row.gets, row.gives) for holding, *_ in side[:lines]]
    holdings = Holding.objects.select_related("card").in_bulk(shown)
    return [
        Match(
            traders[row.trader],
            row.score,
            {name: getattr(row, name) for name in POINTS},
            _side(row.get_copies, row.get_value, row.gets, holdings, lines),
            _side(row.give_copies, row.give_value, row.gives, holdings, lines),
        )
        for row in rows
    ]


def _side(
    copies: int, value: Decimal, lines: list[list[Any]], holdings: Mapping[int, Holding], shown: int
) -> Side:
    return Side(
        len(lines),
        int(copies),
        value,
        [Line(holdings[pk], n, worth and Decimal(worth)) for pk, n, worth in lines[:shown] if pk in holdings],
    )
