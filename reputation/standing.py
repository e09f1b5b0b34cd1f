"""How somebody stands, and why: what their pages and the API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from accounts.models import User
from core.times import span
from reputation.ledger import read_ledger
from reputation.models import TradeReview
from reputation.scoring import Facts, Parts, Rung, next_rung

# What everybody may know; who was blocked by whom shows only inside the penalties' total.
PRIVATE = frozenset(["blocks_received", "disputes_lost"])


@dataclass(frozen=True, slots=True)
class NextTier:
    """What the tier above asks for, and how much of it is missing."""

    tier: str
    score: int
    partners: int
    score_missing: int
    partners_missing: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of one user as of a day, the points they give and the facts behind them."""

    user: User
    figures: dict[str, Any]  # the columns of UserReputation, without those that are private
    parts: Parts
    facts: Facts

    @property
    def next_tier(self) -> NextTier | None:
        rung = next_rung(self.figures["reputation_tier"])
        return _missing(rung, self.parts.score, self.figures["distinct_partners"]) if rung else None


def _missing(rung: Rung, score: int, partners: int) -> NextTier:
    return NextTier(
        rung.tier, rung.score, rung.partners, max(0, rung.score - score), max(0, rung.partners - partners)
    )


def standing_of(user: User, as_of: date) -> Standing:
    """Three queries, whatever the number of trades and reviews."""
    ledger = read_ledger(user, as_of)
    figures = ledger.figures(user.trust_tier)
    shown = {name: value for name, value in figures.items() if name not in PRIVATE}
    return Standing(user, shown, ledger.parts, ledger.facts)


@dataclass(frozen=True, slots=True)
class Habits:
    """How reliably and how fast somebody trades; None where there is nothing to go by."""

    completion_pct: int | None  # of their accepted trades that ended, but for what others called off
    response_time: timedelta | None  # median from an offer to the answer, in the last 180 days

    @property
    def response_words(self) -> str:
        return span(self.response_time) if self.response_time is not None else ""


_HABITS = """
    SELECT
        count(*) FILTER (WHERE status = 'completed'),
        count(*) FILTER (WHERE status = 'cancelled' AND cancel_counts_against_id = %(user)s),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY responded_at - sent_at)
            FILTER (WHERE recipient_id = %(user)s AND sent_at > clock_timestamp() - interval '180 days'
                AND responded_at IS NOT NULL)
    FROM trades_tradeproposal
    WHERE (proposer_id = %(user)s OR recipient_id = %(user)s) AND sent_at IS NOT NULL
"""


def habits_of(user: User) -> Habits:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HABITS, {"user": user.pk})
        completed, failed, response_time = cursor.fetchone()
    ended = completed + failed
    return Habits(round(100 * completed / ended) if ended else None, response_time)


def star_counts(user: User) -> dict[int, int]:
    """How many reviews that count have each number of stars, 5 first; one query."""
    reviews = TradeReview.objects.counted().filter(reviewee=user).order_by()
    found = dict(reviews.values_list("overall_rating").annotate(n=Count("pk")))
    return {stars: found.get(stars, 0) for stars in range(5, 0, -1)}
