"""All facts about one user, read in three queries whatever their number, and the figures made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Block, User
from reputation.models import SUB_RATINGS, CompletedTrade, SignalOutcome, TradeReview
from reputation.scoring import Facts, Parts, score, tier
from trades.models import Dispute, Status, TradeProposal

YEAR = timedelta(days=365)
CENT = Decimal("0.01")


class Trade(NamedTuple):
    """One completed trade of the user."""

    partner_id: int
    completed_at: datetime
    value: Decimal
    proposed: bool
    counts: bool  # for the score


class Review(NamedTuple):
    """One public review of the user, oldest first."""

    reviewer_id: int
    overall: int
    subs: tuple[int | None, ...]  # in the order of SUB_RATINGS
    counts: bool


class Conduct(NamedTuple):
    email_verified: bool
    second_factor: bool
    cancelled: int
    disputes: int
    disputes_lost: int
    blockers: int  # that count for the score
    all_blockers: int
    followed: int
    profitable: int


@dataclass(frozen=True, slots=True)
class Ledger:
    user: User
    as_of: date
    trades: Sequence[Trade]
    reviews: Sequence[Review]
    conduct: Conduct

    @property
    def facts(self) -> Facts:
        counted = [trade for trade in self.trades if trade.counts]
        return Facts(
            trades_per_partner=list(Counter(trade.partner_id for trade in counted).values()),
            reviews=[(str(review.reviewer_id), review.overall) for review in self.reviews if review.counts],
            signals_followed=self.conduct.followed,
            signals_profitable=self.conduct.profitable,
            email_verified=self.conduct.email_verified,
            second_factor=self.conduct.second_factor,
            cancelled_trades=self.conduct.cancelled,
            disputes_lost=self.conduct.disputes_lost,
            distinct_blockers_365d=self.conduct.blockers,
            days_since_last_trade=max(0, (self.as_of - counted[-1].completed_at.date()).days)
            if counted
            else None,
        )

    @property
    def parts(self) -> Parts:
        return score(self.facts)

    def figures(self, stored_tier: str) -> dict[str, Any]:
        """The columns of UserReputation, but for the user and the time of writing."""
        facts, parts = self.facts, self.parts
        values = [trade.value for trade in self.trades]
        ratings = [review.overall for review in self.reviews]
        partners = len(facts.trades_per_partner)
        current, longest = streaks(ratings)
        return {
            "total_trades": len(self.trades),
            "trades_as_proposer": sum(trade.proposed for trade in self.trades),
            "trades_as_recipient": sum(not trade.proposed for trade in self.trades),
            "total_trade_value": sum(values, Decimal(0)),
            "average_trade_value": _cents(sum(values, Decimal(0)) / len(values)) if values else Decimal(0),
            "largest_trade_value": max(values, default=Decimal(0)),
            "total_reviews": len(ratings),
            "average_rating": _average(ratings),
            **{
                name.replace("_rating", "_avg"): _average(review.subs[n] for review in self.reviews)
                for n, name in enumerate(SUB_RATINGS)
            },
            "positive_reviews": sum(rating >= 4 for rating in ratings),
            "neutral_reviews": sum(rating == 3 for rating in ratings),
            "negative_reviews": sum(rating <= 2 for rating in ratings),
            "reputation_score": parts.score,
            "reputation_tier": tier(parts.score, partners, stored_tier),
            "signals_followed": facts.signals_followed,
            "signals_profitable": facts.signals_profitable,
            "signal_accuracy_pct": _cents(Decimal(100) * facts.signals_profitable / facts.signals_followed)
            if facts.signals_followed
            else None,
            "cancelled_trades": facts.cancelled_trades,
            "disputes_involved": self.conduct.disputes,
            "disputes_lost": facts.disputes_lost,
            "blocks_received": self.conduct.all_blockers,
            "member_since": self.user.date_joined,
            "first_trade_at": self.trades[0].completed_at if self.trades else None,
            "last_trade_at": self.trades[-1].completed_at if self.trades else None,
            "current_positive_streak": current,
            "longest_positive_streak": longest,
            "distinct_partners": partners,
            "as_of": self.as_of,
        }


def streaks(ratings: Iterable[int]) -> tuple[int, int]:
    """(current, longest) run of positive reviews, oldest first."""
    current = longest = 0
    for rating in ratings:
        current = current + 1 if rating >= 4 else 0
        longest = max(longest, current)
    return current, longest


def _average(ratings: Iterable[int | None]) -> Decimal | None:
    given = [rating for rating in ratings if rating is not None]
    return _cents(Decimal(sum(given)) / len(given)) if given else None


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def read_ledger(user: User, as_of: date) -> Ledger:
    """Everything about `user` on the UTC day `as_of`; three queries."""
    return Ledger(user, as_of, _trades(user), _reviews(user), _conduct(user, as_of))


def _trades(user: User) -> list[Trade]:
    rows = CompletedTrade.objects.filter(Q(user_a=user) | Q(user_b=user)).order_by("completed_at", "pk")
    values = rows.values_list(
        "user_a", "user_b", "completed_at", "total_trade_value", "is_counted", "lost_by"
    )
    return [
        Trade(b if a == user.pk else a, at, value, a == user.pk, counts and lost_by != user.pk)
        for a, b, at, value, counts, lost_by in values
    ]


def _reviews(user: User) -> list[Review]:
    rows = TradeReview.objects.counted().filter(reviewee=user)
    ordered = rows.order_by("trade__completed_at", "pk")
    return [
        Review(reviewer, overall, tuple(subs), counts)
        for reviewer, overall, counts, *subs in ordered.values_list(
            "reviewer", "overall_rating", "trade__is_counted", *SUB_RATINGS
        )
    ]


def _conduct(user: User, as_of: date) -> Conduct:
    """One query of scalar sub-queries."""
    me = OuterRef("pk")
    first_of_month = as_of.replace(day=1)
    disputes = Dispute.objects.filter(Q(proposal__proposer=me) | Q(proposal__recipient=me))
    lost = Dispute.objects.filter(lost_by=me).exclude(opened_by=F("lost_by"), bad_faith=False)
    cancelled = TradeProposal.objects.filter(
        cancel_counts_against=me, status=Status.CANCELLED, closed_at__date__gt=as_of - YEAR
    )
    outcomes = SignalOutcome.objects.filter(user=me)
    blocks = Block.objects.filter(blocked=me)
    traded = TradeProposal.objects.filter(
        Q(proposer=OuterRef("blocker"), recipient=OuterRef("blocked"))
        | Q(recipient=OuterRef("blocker"), proposer=OuterRef("blocked")),
        accepted_at__isnull=False,
    )
    counting = blocks.filter(
        Exists(traded), created_at__date__lt=first_of_month, created_at__date__gte=first_of_month - YEAR
    )
    factors = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    row = User.objects.filter(pk=user.pk).values_list(
        Exists(EmailAddress.objects.filter(user=me, verified=True)),
        Exists(factors.filter(user=me)),
        *[
            _count(facts)
            for facts in (
                cancelled,
                disputes,
                lost,
                counting,
                blocks,
                outcomes,
                outcomes.filter(profitable=True),
            )
        ],
    )
    return Conduct(*row.get())


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted), 0)
