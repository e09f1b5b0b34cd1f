"""The score: a pure function of facts, so that anybody can compute it again (domain.md §6.4–6.5).

No Django, no database, no clock in here. Arithmetic is double precision, as in the set-based
statement that does the same for everybody at once; sums are rounded to 6 decimals before the
floor, so that both ways agree to the point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, sqrt

Z = 1.96  # 95 %
FOLLOWS_TO_COUNT = 5
MOST_BLOCKERS = 10
DAYS_BEFORE_DECAY = 30
DAYS_OF_A_MONTH = 30
HYSTERESIS = 0.9


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one user on one UTC day. Only counted trades and visible reviews are in it."""

    trades_per_partner: Sequence[int] = ()  # completed trades with each distinct partner
    reviews: Sequence[tuple[str, int]] = ()  # (reviewer, overall rating 1–5), oldest first
    signals_followed: int = 0
    signals_profitable: int = 0
    email_verified: bool = False
    second_factor: bool = False
    cancelled_trades: int = 0  # counted against the user in 365 days
    disputes_lost: int = 0
    distinct_blockers_365d: int = 0
    days_since_last_trade: int | None = None  # None: no trade yet


@dataclass(frozen=True, slots=True)
class Parts:
    """The score and what it is made of, in points."""

    trades: float
    reviews: float  # may be negative
    signals: float
    verification: int
    penalties: int
    multiplier: float  # 0.5–1, for inactivity
    score: int


def score(facts: Facts) -> Parts:
    """The score of `facts` with its parts."""
    trades = trade_points(sum(harmonic(count) for count in facts.trades_per_partner))
    reviews = review_points(facts.reviews)
    signals = signal_points(facts.signals_profitable, facts.signals_followed, trades, reviews)
    verification = 10 * facts.email_verified + 20 * facts.second_factor
    penalties = penalty_points(facts)
    multiplier = inactivity(facts.days_since_last_trade)
    total = max(0.0, (trades + reviews + signals + verification - penalties) * multiplier)
    return Parts(trades, reviews, signals, verification, penalties, multiplier, floor(round(total, 6)))


def harmonic(count: int) -> float:
    """Σ 1/k for k = 1 … count: what trades with one and the same partner weigh together."""
    return sum(1 / k for k in range(1, count + 1))


def trade_points(weight: float) -> float:
    """10 a unit of weight up to 10, 5 up to 50, 2 beyond."""
    return 10 * min(weight, 10) + 5 * min(max(weight - 10, 0), 40) + 2 * max(weight - 50, 0)


def review_points(reviews: Iterable[tuple[str, int]]) -> float:
    """Points of the visible reviews, oldest first; the k-th of one reviewer weighs 1/k."""
    seen: Counter[str] = Counter()
    weights = ratings = 0.0
    for reviewer, rating in reviews:
        seen[reviewer] += 1
        weights += 1 / seen[reviewer]
        ratings += rating / seen[reviewer]
    bayesian = (3 * 3.5 + ratings) / (3 + weights)
    return (bayesian - 2.5) * 20 * min(10.0, sqrt(weights))


def signal_points(profitable: int, followed: int, trades: float, reviews: float) -> float:
    """From 5 evaluated follows on; at most a fifth of what trading itself has earned."""
    if followed < FOLLOWS_TO_COUNT:
        return 0.0
    return min(100 * wilson_low(profitable, followed), 0.2 * (trades + max(reviews, 0.0)))


def wilson_low(successes: int, trials: int) -> float:
    """The lower end of the Wilson interval at z = 1.96: 0–1, and small for small numbers."""
    share = successes / trials
    margin = Z * sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    return max(0.0, (share + Z * Z / (2 * trials) - margin) / (1 + Z * Z / trials))


def penalty_points(facts: Facts) -> int:
    blockers = min(facts.distinct_blockers_365d, MOST_BLOCKERS)
    return 20 * facts.cancelled_trades + 50 * facts.disputes_lost + 10 * blockers


def inactivity(days_since_last_trade: int | None) -> float:
    """5 % a month after the first 30 days without a trade, never below a half."""
    if days_since_last_trade is None:
        return 1.0
    months = max(0, days_since_last_trade - DAYS_BEFORE_DECAY) / DAYS_OF_A_MONTH
    return max(0.5, float(0.95**months))


@dataclass(frozen=True, slots=True)
class Rung:
    """What one tier asks for."""

    tier: str
    score: int
    partners: int

    @property
    def kept_at(self) -> float:
        """The score below which somebody who has it loses it."""
        return self.score * HYSTERESIS


LADDER = (
    Rung("new", 0, 0),
    Rung("bronze", 100, 2),
    Rung("silver", 300, 5),
    Rung("gold", 600, 10),
    Rung("platinum", 900, 20),
    Rung("diamond", 1200, 30),
)


def tier(points: int, partners: int, stored: str) -> str:
    """The highest tier whose minimums are met; those up to the stored one are kept at 90 % of the score."""
    held = _height(stored)
    reached = [
        rung.tier
        for height, rung in enumerate(LADDER)
        if partners >= rung.partners and points >= (rung.kept_at if height <= held else rung.score)
    ]
    return reached[-1]


def rung_of(name: str) -> Rung:
    return LADDER[_height(name)]


def next_rung(current: str) -> Rung | None:
    """What the tier above `current` asks for; None at the top."""
    height = _height(current)
    return LADDER[height + 1] if height + 1 < len(LADDER) else None


def _height(name: str) -> int:
    return [rung.tier for rung in LADDER].index(name)
