"""What each side sent or paid after acceptance."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from trades.deadlines import ARRIVAL, DELAY
from trades.models.proposals import TradeProposal
from trades.models.statuses import CompletionMethod, Status


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def awaited(self) -> ShipmentQuerySet:
        """Sent by who has confirmed receipt, to who has not; by mail, and undisputed."""
        by_proposer = Q(
            sender=F("proposal__proposer"),
            proposal__proposer_confirmed_at__isnull=False,
            proposal__recipient_confirmed_at=None,
        )
        by_recipient = Q(
            sender=F("proposal__recipient"),
            proposal__recipient_confirmed_at__isnull=False,
            proposal__proposer_confirmed_at=None,
        )
        return self.filter(
            by_proposer | by_recipient,
            proposal__status=Status.ACCEPTED,
            proposal__completion_method=CompletionMethod.MAIL,
        ).exclude(proposal__dispute__isnull=False, proposal__dispute__ended_at=None)

    def arrived_by(self, moment: datetime) -> ShipmentQuerySet:
        """Those whose 30 days, and what was added to them, are over at `moment`."""
        return self.alias(over_at=_over_at()).filter(over_at__lte=moment)


def _over_at() -> CombinedExpression:
    begun = Coalesce("sent_at", "paid_at")
    more = Case(When(delayed_at=None, then=Value(ARRIVAL)), default=Value(ARRIVAL + DELAY))
    expression = begun + F("proposal__stood_still") + more
    expression.output_field = DateTimeField()
    return expression


class Shipment(models.Model):
    """One side's parcel, or its payment where that side gives only cash. The row comes with either."""

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="shipments")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=100, blank=True)
    paid_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    # The waiting side pressed "not here yet": adds 30 days, once.
    delayed_at = models.DateTimeField(null=True)
    # How often the waiting side was reminded that the trade will complete by itself.
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)

    objects: ClassVar[ShipmentQuerySet] = ShipmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "sender"], name="shipment_once_per_side"),
        ]

    def __str__(self) -> str:
        return f"#{self.proposal_id} from {self.sender_id}"

    @property
    def begun_at(self) -> datetime | None:
        """When it was sent, or paid."""
        return self.sent_at or self.paid_at
