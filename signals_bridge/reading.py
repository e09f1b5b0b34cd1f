"""Calls and follows as pages show them, in as many queries for one row as for many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.models import User
from cards.models import CurrentPrice
from cards.prices import current_prices
from core.clock import database_clock
from signals_bridge.models import Action, Exclusion, Recommendation, RecommendationAction, Source
from signals_bridge.models.actions import UNFOLLOW_WITHIN
from signals_bridge.record import HIT, Record, records_of
from signals_bridge.services import foretold_follow


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call of a list and how right its publisher was so far; None before anything was evaluated."""

    signal: Recommendation
    record: Record | None


def signals_seen_by(viewer: Any) -> QuerySet[Recommendation]:
    """Calls with card and publisher, as pages show them to `viewer`.

    Annotated: `is_followed` by the viewer, `is_over` by the clock, `is_hit` (it was right), and `is_hidden`:
    of a trader whom the viewer may not know of any more, so that only the call itself is shown.
    """
    hidden = Source.objects.hidden_from(viewer).filter(pk=OuterRef("source"))
    signals: QuerySet[Recommendation] = Recommendation.objects.visible_to(viewer).with_card()
    return signals.annotate(
        is_followed=followed_by(viewer),
        is_over=_flag(Q(valid_until__lte=database_clock())),
        is_hit=_flag(HIT),
        is_hidden=Exists(hidden),
    )


def followed_by(viewer: Any) -> Exists:
    """Whether `viewer` follows the call of a query's row."""
    return Exists(RecommendationAction.objects.of(viewer).filter(recommendation=OuterRef("pk")))


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def rows_of(signals: Sequence[Any]) -> list[CallRow]:
    """Rows of `signals_seen_by`; one query, none for no signal."""
    sources = {signal.source for signal in signals if not signal.is_hidden}
    records = records_of(sources) if sources else {}
    return [CallRow(signal, records.get(signal.source_id)) for signal in signals]


@dataclass(frozen=True, slots=True)
class FollowRow:
    """A follow of its user's list. `profit_pct` is the outcome, or where the call stands by now.

    Percent from the entry price, signed by the action; None without a price at either end.
    """

    follow: RecommendationAction
    price: Decimal | None
    profit_pct: Decimal | None

    @property
    def is_settled(self) -> bool:
        return self.follow.recommendation.evaluated_at is not None


def follow_rows(follows: Sequence[RecommendationAction]) -> list[FollowRow]:
    """One query: the prices of now."""
    calls = [follow.recommendation for follow in follows]
    prices = current_prices((call.card_id, call.finish) for call in calls)
    return [_follow_row(follow, prices) for follow in follows]


def _follow_row(follow: RecommendationAction, prices: dict[tuple[int, str], CurrentPrice]) -> FollowRow:
    call = follow.recommendation
    if call.evaluated_at is not None:
        return FollowRow(follow, call.price_end, follow.user_profit_pct)
    now = prices.get((call.card_id, call.finish))
    price = now.price if now else None
    return FollowRow(follow, price, profit_pct(call.action, follow.entry_price, price))


def profit_pct(action: str, entry: Decimal | None, price: Decimal | None) -> Decimal | None:
    """Percent from `entry` to `price`, signed by the action; a HOLD's as a BUY's."""
    if entry is None or price is None:
        return None
    gain = entry - price if action == Action.SELL else price - entry
    return gain / entry * 100


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a reader stands with a call: their follow, or what a follow of this moment would be."""

    follow: RecommendationAction | None
    is_open: bool
    exclusion: str  # one of Exclusion, or "" where nothing keeps it out of the score
    entry_price: Decimal | None
    undone_until: datetime | None  # None: it cannot be taken back any more

    @property
    def counts(self) -> bool:
        return not self.exclusion and self.entry_price is not None

    @property
    def reason(self) -> str:
        """Why it does not count; "" for want of a price."""
        return str(Exclusion(self.exclusion).label) if self.exclusion else ""


def stand_of(reader: User, signal: Recommendation, now: datetime) -> Stand:
    follow = RecommendationAction.objects.of(reader).filter(recommendation=signal).first()
    is_open = signal.is_open(now)
    if follow is None:
        exclusion, price = foretold_follow(signal_id=signal.pk, by=reader, now=now)
        return Stand(None, is_open, exclusion, price, None)
    may_undo = is_open and follow.may_be_undone(now)
    until = min(follow.acted_at + UNFOLLOW_WITHIN, signal.valid_until) if may_undo else None
    return Stand(follow, is_open, follow.exclusion, follow.entry_price, until)
