"""Who followed a call, and what it brought them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from signals_bridge.models.recommendations import FRACTION, MONEY, Recommendation
from trades.models import TradeProposal

UNFOLLOW_WITHIN = timedelta(hours=1)
LEAST_LIFE = timedelta(days=7)  # from the follow to the end of the call
APART = timedelta(days=30)  # between two follows on one card


class Tracking(models.TextChoices):
    EXPLICIT = "explicit", _("you pressed Follow")
    IMPLICIT = "implicit", _("by a trade")


class Exclusion(models.TextChoices):
    """Why a follow never enters the score, the first that applies; "" where it does."""

    HOLD = "hold", _("a HOLD says nothing to act on")
    OWN = "own", _("your own call")
    LATE = "late", _("followed less than 7 days before its end")
    REPEATED = "repeated", _("the second on this card in 30 days")


class RecommendationActionQuerySet(models.QuerySet["RecommendationAction"]):
    def of(self, user: Any) -> RecommendationActionQuerySet:
        return self.filter(user=user) if getattr(user, "is_authenticated", False) else self.none()

    def counting(self) -> RecommendationActionQuerySet:
        """Those that enter their user's score once evaluated."""
        return self.filter(exclusion="")

    def with_signals(self) -> RecommendationActionQuerySet:
        return self.select_related("recommendation__card", "recommendation__source__publisher__user")


class RecommendationAction(models.Model):
    """One user's follow of one call.

    `exclusion` is decided when the follow is written and kept right by unfollowing (services/following.py),
    so evaluation has nothing to work out: it reports exactly the rows `counting()` to reputation, and
    shows the others. An earlier follow on the same card (printing), whatever the call and whether it counts
    itself, makes later ones within 30 days REPEATED.

    `entry_price` is the newest price of card and finish at `acted_at` in site currency; null where there
    was none, and then there is no profit and no outcome for the score. Written by evaluation:
    `user_profit_pct` from entry price to the call's end price in percent, signed by the action (a HOLD's
    as a BUY's); `outcome_accuracy` 0–1; `is_profitable` is decided on the prices themselves, as a rounded
    percentage may say 0.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signal_follows")
    recommendation = models.ForeignKey(Recommendation, models.PROTECT, related_name="actions")
    tracking = models.CharField(max_length=8, choices=Tracking.choices)
    # The completed trade that an implicit follow came with.
    proposal = models.ForeignKey(TradeProposal, models.PROTECT, null=True, related_name="+")
    acted_at = models.DateTimeField()
    entry_price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    exclusion = models.CharField(max_length=8, choices=Exclusion.choices, blank=True)

    user_profit_pct = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    outcome_accuracy = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    is_profitable = models.BooleanField(null=True)

    objects: ClassVar[Any] = RecommendationActionQuerySet.as_manager()

    class Meta:
        constraints = [
            # In this order it also serves evaluation, which comes from the call.
            models.UniqueConstraint(fields=["recommendation", "user"], name="follow_once_per_user"),
            models.CheckConstraint(
                condition=Q(tracking=Tracking.EXPLICIT, proposal=None)
                | Q(tracking=Tracking.IMPLICIT, proposal__isnull=False),
                name="follow_tracking_known",
            ),
            models.CheckConstraint(
                condition=Q(exclusion__in=["", *Exclusion.values]), name="follow_exclusion_known"
            ),
            models.CheckConstraint(
                condition=Q(entry_price=None) | Q(entry_price__range=MONEY), name="follow_entry_price_bounds"
            ),
            models.CheckConstraint(
                condition=Q(outcome_accuracy=None) | Q(outcome_accuracy__range=FRACTION),
                name="follow_accuracy_bounds",
            ),
        ]
        indexes = [models.Index(fields=["user", "-acted_at", "-id"], name="follow_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.recommendation_id}"

    @property
    def counts(self) -> bool:
        """Whether it enters the score once evaluated."""
        return not self.exclusion

    def may_be_undone(self, now: datetime) -> bool:
        return now <= self.acted_at + UNFOLLOW_WITHIN


class FollowSettings(models.Model):
    """What a user chose about follows; without a row everything is as by default."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="follow_settings", primary_key=True
    )
    follows_by_trading = models.BooleanField(_("follow calls by trading"), default=True)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}: {'on' if self.follows_by_trading else 'off'}"
