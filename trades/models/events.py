"""What happened, in order, for ever: the one source of timeline, notices and audit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from trades.models.proposals import TradeProposal


class EventKind(models.TextChoices):
    SENT = "sent", _("sent")
    VIEWED = "viewed", _("viewed")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    COUNTERED = "countered", _("countered")
    CANCEL_REQUESTED = "cancel_requested", _("asked to cancel")
    CANCEL_REFUSED = "cancel_refused", _("refused to cancel")
    CANCELLED = "cancelled", _("cancelled")
    LAPSED = "lapsed", _("lapsed")
    EXTENDED = "extended", _("extended")
    EXPIRED = "expired", _("expired")
    SHIPPED = "shipped", _("sent a parcel")
    PAID = "paid", _("paid")
    DELAYED = "delayed", _("not here yet")
    ADDRESS_AGREED = "address_agreed", _("agreed to exchange addresses")
    CONFIRMED = "confirmed", _("confirmed receipt")
    COMPLETED = "completed", _("completed")
    DISPUTED = "disputed", _("opened a dispute")
    DISPUTE_ANSWERED = "dispute_answered", _("answered the dispute")
    DISPUTE_WITHDRAWN = "dispute_withdrawn", _("withdrew the dispute")
    DISPUTE_CONCEDED = "dispute_conceded", _("conceded the dispute")
    DISPUTE_RESOLVED = "dispute_resolved", _("dispute resolved")


class TradeEventQuerySet(models.QuerySet["TradeEvent"]):
    def visible_to(self, user: Any) -> TradeEventQuerySet:
        return self.filter(proposal__in=TradeProposal.objects.visible_to(user))


class TradeEvent(models.Model):
    """One change of one proposal. Append-only: a trigger refuses UPDATE and DELETE.

    `payload` holds ids, values and times only; free text and names live elsewhere, so that they
    can be erased. Every writer holds both parties' row locks, so for one user the ids grow in
    the order of commits and `id > cursor` never misses a row.
    """

    proposal = models.ForeignKey(TradeProposal, models.PROTECT, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    payload = models.JSONField(default=dict)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    objects: ClassVar[Any] = TradeEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=EventKind.values), name="trade_event_kind"),
        ]
        indexes = [models.Index(fields=["proposal", "id"], name="trade_event_timeline")]

    def __str__(self) -> str:
        return f"#{self.proposal_id} {self.kind}"
