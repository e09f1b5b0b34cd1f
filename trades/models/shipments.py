"""What each side sent or paid after acceptance."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from trades.models.proposals import TradeProposal


class Shipment(models.Model):
    """One side's parcel, or its payment where that side gives only cash."""

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="shipments")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=100, blank=True)
    paid_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    # The waiting side pressed "not here yet": adds 30 days, once.
    delayed_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "sender"], name="shipment_once_per_side"),
        ]

    def __str__(self) -> str:
        return f"#{self.proposal_id} from {self.sender_id}"
