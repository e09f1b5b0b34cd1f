"""Who agreed to exchange addresses in which trade, and every look that was taken at one."""

from django.conf import settings
from django.db import models

from trades.models.proposals import TradeProposal


class AddressConsent(models.Model):
    """One side's yes. Both sides' together open both addresses to each other."""

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="address_consents")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "user"], name="address_consent_once_per_side"),
        ]

    def __str__(self) -> str:
        return f"#{self.proposal_id} by {self.user_id}"


class AddressRead(models.Model):
    """`reader` was shown the address of `owner`. Append-only: a trigger refuses UPDATE and DELETE."""

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="address_reads")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="address_reads")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.reader_id} read the address of {self.owner_id}"
