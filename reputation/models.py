"""What happened, what people said of it, and the figures that follow from both."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.limits import Tier
from trades.models import CompletionMethod, TradeProposal

RATINGS = ("overall_rating", "communication_rating", "packaging_rating", "accuracy_rating", "speed_rating")
SUB_RATINGS = RATINGS[1:]


def _user(related_name: str = "+") -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name=related_name)


class CompletedTrade(models.Model):
    """A completed trade as it was: user_a proposed, user_b received. Values in site currency."""

    proposal = models.OneToOneField(TradeProposal, models.PROTECT, related_name="completed_trade")
    user_a = _user()
    user_b = _user()
    user_a_name = models.CharField(max_length=30)
    user_b_name = models.CharField(max_length=30)
    user_a_gave = (
        models.JSONField()
    )  # [{card, name, set, number, finish, condition, language, quantity, unit_price}]
    user_b_gave = models.JSONField()
    user_a_gave_value = models.DecimalField(max_digits=14, decimal_places=2)  # cards, without cash
    user_b_gave_value = models.DecimalField(max_digits=14, decimal_places=2)
    cash_from_a = models.DecimalField(max_digits=10, decimal_places=2)
    cash_from_b = models.DecimalField(max_digits=10, decimal_places=2)
    total_trade_value = models.DecimalField(max_digits=14, decimal_places=2)  # both sides, cash included
    completion_method = models.CharField(max_length=9, choices=CompletionMethod.choices)
    proposed_at = models.DateTimeField()
    completed_at = models.DateTimeField()
    user_a_confirmed = models.BooleanField()
    user_b_confirmed = models.BooleanField()
    notes = models.TextField(blank=True)

    # Both sides gave at least $2: a trade that is no gift between two accounts of one person.
    is_counted = models.BooleanField()
    # Who lost a dispute about it: no trade weight for them, and their review does not count.
    lost_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviews_close_at = models.DateTimeField()  # moved on by the time a dispute took
    reviews_revealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(user_a=F("user_b")), name="completed_trade_of_two"),
        ]
        indexes = [
            models.Index(fields=["user_a", "completed_at"], name="completed_trade_of_a"),
            models.Index(fields=["user_b", "completed_at"], name="completed_trade_of_b"),
            models.Index(
                fields=["reviews_close_at"],
                condition=Q(reviews_revealed_at=None),
                name="completed_trade_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.proposal_id}: {self.user_a_name} and {self.user_b_name}"

    @property
    def party_ids(self) -> tuple[int, int]:
        return self.user_a_id, self.user_b_id

    def partner_id_of(self, user_id: int) -> int:
        return self.user_b_id if user_id == self.user_a_id else self.user_a_id


class TradeReviewQuerySet(models.QuerySet["TradeReview"]):
    def revealed(self) -> TradeReviewQuerySet:
        return self.filter(trade__reviews_revealed_at__isnull=False)

    def public(self) -> TradeReviewQuerySet:
        """What everybody may read."""
        return self.revealed().filter(is_hidden=False)

    def counted(self) -> TradeReviewQuerySet:
        """What goes into figures: public, and not of somebody who lost a dispute about the trade."""
        return self.public().exclude(reviewer=Coalesce(F("trade__lost_by"), Value(0)))

    def visible_to(self, user: Any) -> TradeReviewQuerySet:
        """Public ones, and one's own, sealed or hidden. A hidden one is unknown to everybody else."""
        if not getattr(user, "is_authenticated", False):
            return self.public()
        return self.filter(Q(trade__reviews_revealed_at__isnull=False, is_hidden=False) | Q(reviewer=user))


class TradeReview(models.Model):
    """What one side says of the other. Sealed until both are in, or the window is over."""

    trade = models.ForeignKey(CompletedTrade, models.PROTECT, related_name="reviews")
    reviewer = _user("reviews_written")
    reviewee = _user("reviews_received")
    overall_rating = models.PositiveSmallIntegerField(_("overall"))
    communication_rating = models.PositiveSmallIntegerField(_("communication"), null=True, blank=True)
    packaging_rating = models.PositiveSmallIntegerField(_("packaging"), null=True, blank=True)
    accuracy_rating = models.PositiveSmallIntegerField(_("accuracy"), null=True, blank=True)
    speed_rating = models.PositiveSmallIntegerField(_("speed"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True, validators=[MaxLengthValidator(2_000)])
    # SHA-256(salt ‖ canonical JSON), hexadecimal; the salt is published at the reveal.
    seal = models.CharField(max_length=64)
    salt = models.BinaryField(max_length=32)
    # The author's account is gone, and comment and salt with it: the seal says nothing any more.
    is_erased = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    hidden_reason = models.CharField(max_length=500, blank=True)
    reply = models.TextField(blank=True, validators=[MaxLengthValidator(1_000)])
    replied_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[Any] = TradeReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trade", "reviewer"], name="review_once_per_side"),
            models.CheckConstraint(condition=~Q(reviewer=F("reviewee")), name="review_not_of_oneself"),
            models.CheckConstraint(
                condition=Q(is_erased=False) | Q(comment="", salt=b""), name="review_erased_without_words"
            ),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{name}__range": (1, 5)})
                    | (Q(**{name: None}) if name != "overall_rating" else Q()),
                    name=f"review_{name}",
                )
                for name in RATINGS
            ],
        ]
        indexes = [models.Index(fields=["reviewee", "-id"], name="review_list")]

    def __str__(self) -> str:
        return f"review of #{self.trade_id} by {self.reviewer_id}"

    @property
    def counts(self) -> bool:
        """Whether it goes into figures once it is public. Reads `trade`."""
        return self.trade.lost_by_id != self.reviewer_id


class UserReputation(models.Model):
    """The figures of one user: a cache of the facts, rebuilt by `recalculate` and every night for all."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reputation", primary_key=True
    )
    total_trades = models.PositiveIntegerField(default=0)
    trades_as_proposer = models.PositiveIntegerField(default=0)
    trades_as_recipient = models.PositiveIntegerField(default=0)
    total_trade_value = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    average_trade_value = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    largest_trade_value = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    total_reviews = models.PositiveIntegerField(default=0)
    average_rating = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    communication_avg = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    packaging_avg = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    accuracy_avg = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    speed_avg = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    positive_reviews = models.PositiveIntegerField(default=0)  # 4–5
    neutral_reviews = models.PositiveIntegerField(default=0)  # 3
    negative_reviews = models.PositiveIntegerField(default=0)  # 1–2
    reputation_score = models.PositiveIntegerField(default=0)
    reputation_tier = models.CharField(max_length=8, choices=Tier.choices, default=Tier.NEW)
    signals_followed = models.PositiveIntegerField(default=0)
    signals_profitable = models.PositiveIntegerField(default=0)
    signal_accuracy_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    cancelled_trades = models.PositiveIntegerField(default=0)  # counted against the user in 365 days
    disputes_involved = models.PositiveIntegerField(default=0)
    disputes_lost = models.PositiveIntegerField(default=0)
    blocks_received = models.PositiveIntegerField(default=0)  # for moderators only
    member_since = models.DateTimeField()
    first_trade_at = models.DateTimeField(null=True)
    last_trade_at = models.DateTimeField(null=True)
    current_positive_streak = models.PositiveIntegerField(default=0)
    longest_positive_streak = models.PositiveIntegerField(default=0)
    distinct_partners = models.PositiveIntegerField(default=0)
    as_of = models.DateField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.reputation_score} {self.reputation_tier}"


class ReputationPoint(models.Model):
    """One day of a user's curve."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reputation_points")
    day = models.DateField()
    score = models.PositiveIntegerField()
    tier = models.CharField(max_length=8, choices=Tier.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="reputation_point_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}: {self.score}"


class SignalOutcome(models.Model):
    """Whether one followed market call was right for the user; written by the signals bridge."""

    user = _user("signal_outcomes")
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=100)
    profitable = models.BooleanField()
    evaluated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "source", "external_id"], name="signal_outcome_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.source} {self.external_id}"
