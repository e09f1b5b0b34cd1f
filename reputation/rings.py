"""Closed rings: accounts whose reviews come mostly from each other. A hint to look, never a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, Sum

from accounts.models import User
from reputation.models import CompletedTrade, TradeReview

LEAST_REVIEWS = 4  # that each member has received: two beginners who met each other are no ring
# Of one's reviews, both ways, that ties two accounts. The larger a ring, the less any two of it share: looked
# at again and again with weaker ties, which would first tie a small ring to honest traders.
LEAST_SHARES = (0.2, 0.1, 0.05)
CLOSED = 0.8  # of all reviews of the members that come from inside

_TIES = """
    WITH pair AS (
        SELECT r.reviewee_id AS of, r.reviewer_id AS by, count(*) AS n
        FROM reputation_tradereview r JOIN reputation_completedtrade t ON t.id = r.trade_id
        WHERE t.reviews_revealed_at IS NOT NULL AND NOT r.is_hidden
        GROUP BY 1, 2
    ),
    shared AS (SELECT of, by, n, sum(n) OVER (PARTITION BY of) AS total FROM pair)
    SELECT one.of, one.by FROM shared one JOIN shared other ON other.of = one.by AND other.by = one.of
    WHERE one.of < one.by AND least(one.total, other.total) >= %(least)s
        AND one.n >= %(share)s * one.total AND other.n >= %(share)s * other.total
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Member:
    user: User
    inside: int  # reviews received from other members
    total: int  # from anybody


@dataclass(frozen=True, slots=True)
class Ring:
    """The evidence of one ring."""

    members: list[Member]
    inside: int
    total: int
    average_inside: Decimal
    trades: int  # between members
    value: Decimal
    first_at: datetime
    last_at: datetime

    @property
    def share_pct(self) -> int:
        return round(100 * self.inside / self.total)


def find_rings() -> list[Ring]:
    """The rings of the whole market, the largest first. Three queries, and three for each group looked at."""
    groups = {frozenset(group) for share in LEAST_SHARES for group in _groups(_ties(share))}
    found = [_look_at(group) for group in groups]
    return sorted((ring for ring in found if ring is not None), key=lambda ring: -ring.inside)


def _ties(share: float) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_TIES, {"least": LEAST_REVIEWS, "share": share})
        ties: list[tuple[int, int]] = cursor.fetchall()
    return ties


def _groups(ties: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The accounts that hang together by any number of ties."""
    group_of: dict[int, set[int]] = {}
    for one, other in ties:
        merged = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of.update(dict.fromkeys(merged, merged))
    return list({id(group): group for group in group_of.values()}.values())


def _look_at(group: frozenset[int]) -> Ring | None:
    """The evidence; None where enough reviews come from outside."""
    reviews = TradeReview.objects.public().filter(reviewee__in=group)
    rows = list(
        reviews.values_list("reviewee", "reviewer", "overall_rating", "trade__completed_at").order_by("pk")
    )
    inside = [row for row in rows if row[1] in group]
    if len(inside) < CLOSED * len(rows):
        return None
    trades = CompletedTrade.objects.filter(Q(user_a__in=group) & Q(user_b__in=group))
    between = trades.aggregate(n=Count("pk"), value=Sum("total_trade_value"))
    times = [at for *_people, at in inside]
    return Ring(
        members=_members(group, rows),
        inside=len(inside),
        total=len(rows),
        average_inside=Decimal(sum(stars for _of, _by, stars, _at in inside)) / len(inside),
        trades=between["n"],
        value=between["value"] or Decimal(0),
        first_at=min(times),
        last_at=max(times),
    )


def _members(group: frozenset[int], rows: list[tuple[int, int, int, datetime]]) -> list[Member]:
    received: dict[int, list[bool]] = defaultdict(list)
    for of, by, _stars, _at in rows:
        received[of].append(by in group)
    users = User.objects.filter(pk__in=group).order_by("username")
    return [Member(user, sum(received[user.pk]), len(received[user.pk])) for user in users]
