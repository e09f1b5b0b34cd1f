"""A market call and its status machine (domain.md §7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from cards.models import Card, Finish
from signals_bridge.models.publishers import Source

LONGEST_ID = 100  # as reputation's SignalOutcome keeps it
LONGEST_RATIONALE = 2_000
MONEY = ("0.01", "99999999.99")
FRACTION = (0, 1)


class Action(models.TextChoices):
    BUY = "BUY", _("buy")
    SELL = "SELL", _("sell")
    HOLD = "HOLD", _("hold")


class SignalStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    CLOSED = "closed", _("over, not yet evaluated")
    EVALUATED = "evaluated", _("evaluated")
    VOID = "void", _("void: no prices")


UNSETTLED = [SignalStatus.ACTIVE, SignalStatus.CLOSED]
SETTLED = [SignalStatus.EVALUATED, SignalStatus.VOID]
OUTCOME = (
    *("price_end", "price_peak", "peak_day"),
    *("accuracy_end", "accuracy_peak", "profit_pct_end", "profit_pct_peak"),
)


def nobody(signal: Any, user: Any) -> bool:
    """The clock only: no user has a button for it."""
    return False


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    def visible_to(self, viewer: Any) -> RecommendationQuerySet:
        """All but those of traders whom `viewer` may not know of; what `viewer` follows stays in sight."""
        shown = ~Q(source__in=Source.objects.hidden_from(viewer).values("pk"))
        if getattr(viewer, "is_authenticated", False):
            from signals_bridge.models.actions import RecommendationAction

            own = RecommendationAction.objects.filter(recommendation=OuterRef("pk"), user=viewer)
            shown |= Q(Exists(own))
        return self.filter(shown)

    def open(self, now: datetime) -> RecommendationQuerySet:
        """Those that can be followed at `now`; the clock may not have been at the others yet."""
        return self.filter(status=SignalStatus.ACTIVE, issued_at__lte=now, valid_until__gt=now)

    def of_cards(self, card_ids: Any) -> RecommendationQuerySet:
        return self.filter(card__in=card_ids)

    def with_card(self) -> RecommendationQuerySet:
        return self.select_related("card", "source__publisher__user")


class Recommendation(FSMModelMixin, models.Model):
    """One call: buy, sell or hold this card and finish until `valid_until`.

    What it says never changes once it is here; only status and outcome do. Prices in site currency.
    `received_at` is when it came to this site: `issued_at` is what the publisher says, and may be
    long before.

    Outcome, null until it is evaluated: `price_end` and `price_peak` with the UTC day of the peak;
    `accuracy_…` 0–1; `profit_pct_…` in percent of the price at issue, signed by the action (a SELL
    gains when the price falls), a HOLD's as if it were a BUY.
    """

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="recommendations", verbose_name=_("source")
    )
    external_id = models.CharField(_("the source's id"), max_length=LONGEST_ID)
    card = models.ForeignKey(Card, models.PROTECT, related_name="recommendations", verbose_name=_("card"))
    finish = models.CharField(_("finish"), max_length=7, choices=Finish.choices)
    action = models.CharField(_("action"), max_length=4, choices=Action.choices)
    price_at_issue = models.DecimalField(_("price at issue"), max_digits=10, decimal_places=2)
    target_price = models.DecimalField(_("target"), max_digits=10, decimal_places=2, null=True, blank=True)
    confidence = models.DecimalField(_("confidence"), max_digits=7, decimal_places=6)
    rationale = models.TextField(
        _("rationale"), blank=True, validators=[MaxLengthValidator(LONGEST_RATIONALE)]
    )
    issued_at = models.DateTimeField(_("issued"))
    valid_until = models.DateTimeField(_("valid until"))
    received_at = models.DateTimeField(_("received"))
    status = FSMField(_("status"), choices=SignalStatus.choices, default=SignalStatus.ACTIVE, protected=True)

    # What a publishing trader held of this card and finish at issue; null for imported calls.
    publisher_owns = models.PositiveIntegerField(null=True)
    publisher_offers = models.PositiveIntegerField(null=True)  # of these, for trade
    publisher_wants = models.PositiveIntegerField(null=True)  # copies on the want list, any printing included

    price_end = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    price_peak = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    peak_day = models.DateField(null=True)
    accuracy_end = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    accuracy_peak = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    profit_pct_end = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    profit_pct_peak = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    evaluated_at = models.DateTimeField(null=True)  # also when it was found to be void

    objects: ClassVar[Any] = RecommendationQuerySet.as_manager()
    get_available_user_status_transitions: Any  # made by FSMField

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="signal_once_per_source"),
            models.CheckConstraint(condition=~Q(external_id=""), name="signal_has_external_id"),
            models.CheckConstraint(condition=Q(action__in=Action.values), name="signal_action_known"),
            models.CheckConstraint(condition=Q(finish__in=Finish.values), name="signal_finish_known"),
            models.CheckConstraint(condition=Q(status__in=SignalStatus.values), name="signal_status_known"),
            # BETWEEN and not >: NaN is greater than every number in PostgreSQL.
            models.CheckConstraint(condition=Q(price_at_issue__range=MONEY), name="signal_price_bounds"),
            # Each says that there is a target before it compares: a CHECK lets an unknown pass.
            models.CheckConstraint(
                condition=Q(action=Action.HOLD, target_price=None)
                | Q(target_price__isnull=False, target_price__range=MONEY)
                & (
                    Q(action=Action.BUY, target_price__gt=F("price_at_issue"))
                    | Q(action=Action.SELL, target_price__lt=F("price_at_issue"))
                ),
                name="signal_target_side",
            ),
            models.CheckConstraint(condition=Q(confidence__range=FRACTION), name="signal_confidence_bounds"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("issued_at")), name="signal_ends_later"),
            models.CheckConstraint(
                condition=Q(publisher_owns=None, publisher_offers=None, publisher_wants=None)
                | Q(
                    publisher_owns__isnull=False,
                    publisher_offers__isnull=False,
                    publisher_wants__isnull=False,
                    publisher_offers__lte=F("publisher_owns"),
                ),
                name="signal_positions_whole",
            ),
            models.CheckConstraint(
                condition=Q(status=SignalStatus.EVALUATED, **{f"{name}__isnull": False for name in OUTCOME})
                | (~Q(status=SignalStatus.EVALUATED) & Q(**dict.fromkeys(OUTCOME))),
                name="signal_outcome_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=SETTLED, evaluated_at__isnull=False)
                | Q(status__in=UNSETTLED, evaluated_at=None),
                name="signal_settled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(price_end=None)
                | Q(price_end__range=MONEY, price_peak__range=MONEY)
                & Q(accuracy_end__range=FRACTION, accuracy_peak__range=FRACTION),
                name="signal_outcome_bounds",
            ),
        ]
        indexes = [
            # What the clock looks for: few of the many, in the order in which they end.
            models.Index(fields=["valid_until"], condition=Q(status__in=UNSETTLED), name="signal_to_settle"),
            # What a card's page and a trade's table ask for.
            models.Index(
                fields=["card", "finish", "valid_until"],
                condition=Q(status=SignalStatus.ACTIVE),
                name="signal_open_of_card",
            ),
            models.Index(fields=["-issued_at", "-id"], name="signal_newest"),
            models.Index(fields=["source", "-issued_at", "-id"], name="signal_of_source"),
            models.Index(fields=["card", "-issued_at", "-id"], name="signal_of_card"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.card_id} {self.finish} ({self.source_id}: {self.external_id})"

    def get_absolute_url(self) -> str:
        return reverse("signals:signal", args=[self.pk])

    def is_open(self, now: datetime) -> bool:
        """Whether it can be followed, whether or not the clock has been here."""
        return self.status == SignalStatus.ACTIVE and self.issued_at <= now < self.valid_until

    # --- transitions: the clock's, and its batches keep to them ------------------------------

    @transition(status, source=SignalStatus.ACTIVE, target=SignalStatus.CLOSED, permission=nobody)
    def close(self) -> None:
        """Its time is over."""

    @transition(status, source=SignalStatus.CLOSED, target=SignalStatus.EVALUATED, permission=nobody)
    def evaluate(self, now: datetime) -> None:
        self.evaluated_at = now

    @transition(status, source=SignalStatus.CLOSED, target=SignalStatus.VOID, permission=nobody)
    def void(self, now: datetime) -> None:
        self.evaluated_at = now
