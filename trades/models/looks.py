"""Where each side last looked in a chain, for "what changed since you last looked"."""

from django.conf import settings
from django.db import models

from trades.models.proposals import TradeProposal


class Look(models.Model):
    """The proposal of a chain that a user saw last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    chain = models.ForeignKey(TradeProposal, models.PROTECT, related_name="+")
    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="+")
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "chain"], name="look_once_per_chain")]

    def __str__(self) -> str:
        return f"{self.user_id} saw #{self.proposal_id}"
