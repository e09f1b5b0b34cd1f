"""When a trade goes wrong: one dispute, its photos, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from trades.deadlines import ANSWER
from trades.models.proposals import TradeProposal
from uploads.models import Upload

LONGEST_TEXT = 4_000
SHOWN_IN = "dispute"  # `Upload.use` of its photos
DECIDES = "trades.resolve_dispute"  # what a moderator must be allowed


class Reason(models.TextChoices):
    NOT_RECEIVED = "not_received", _("nothing has come")
    NOT_AS_DESCRIBED = "not_as_described", _("not as described")
    DAMAGED = "damaged", _("damaged")
    COUNTERFEIT = "counterfeit", _("counterfeit")
    OTHER = "other", _("something else")


class DisputeStatus(models.TextChoices):
    OPEN = "open", _("open")
    UNDER_REVIEW = "under_review", _("under review")
    RESOLVED = "resolved", _("resolved")


UNRESOLVED = [DisputeStatus.OPEN, DisputeStatus.UNDER_REVIEW]


class Outcome(models.TextChoices):
    FOR_OPENER = "for_opener", _("in favour of who opened it")
    FOR_OTHER = "for_other", _("in favour of the other side")
    MUTUAL_CANCEL = "mutual_cancel", _("called off for both")
    INCONCLUSIVE = "inconclusive", _("could not be cleared up")
    WITHDRAWN = "withdrawn", _("withdrawn")


COMPLETES = (Outcome.FOR_OPENER, Outcome.FOR_OTHER)


def is_opener(dispute: Any, user: Any) -> bool:
    return bool(user.pk == dispute.opened_by_id)


def is_other(dispute: Any, user: Any) -> bool:
    return bool(user.pk == dispute.other_id)


def decides(dispute: Any, user: Any) -> bool:
    """A moderator, and never of a trade of their own."""
    return user.pk not in dispute.proposal.party_ids and bool(user.has_perm(DECIDES))


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: Any) -> DisputeQuerySet:
        return self.filter(proposal__in=TradeProposal.objects.visible_to(user))

    def unresolved(self) -> DisputeQuerySet:
        return self.filter(ended_at=None)

    def to_decide(self, now: datetime) -> DisputeQuerySet:
        """Those that a moderator may decide now, the longest waiting first."""
        may_be_decided = Q(answered_at__isnull=False) | Q(opened_at__lte=now - ANSWER)
        return self.unresolved().filter(may_be_decided).order_by("opened_at", "id")


class Dispute(FSMModelMixin, models.Model):
    """One a trade, ever. While it is unresolved every clock of the trade stands still."""

    proposal = models.OneToOneField(TradeProposal, models.PROTECT, related_name="dispute")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disputes_opened")
    status = FSMField(choices=DisputeStatus.choices, default=DisputeStatus.OPEN, protected=True)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    text = models.TextField(validators=[MaxLengthValidator(LONGEST_TEXT)])
    opened_at = models.DateTimeField()
    answer = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])
    answered_at = models.DateTimeField(null=True)

    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=13, choices=Outcome.choices, blank=True)
    # Whether what each side gave has reached the other: only that changes binders. Null: not asked.
    proposer_cards_arrived = models.BooleanField(null=True)
    recipient_cards_arrived = models.BooleanField(null=True)
    lost_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="disputes_lost"
    )
    # A losing opener is penalised only for this.
    bad_faith = models.BooleanField(default=False)
    # Null where the two ended it themselves.
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decision = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_TEXT)])

    objects: ClassVar[DisputeQuerySet] = DisputeQuerySet.as_manager()  # type: ignore[assignment]
    get_available_user_status_transitions: Any  # made by FSMField

    class Meta:
        permissions = [("resolve_dispute", _("Can resolve disputes"))]
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="dispute_reason_known"),
            models.CheckConstraint(condition=Q(status__in=DisputeStatus.values), name="dispute_status_known"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Outcome.values]), name="dispute_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNRESOLVED, ended_at=None, outcome="", lost_by=None)
                | Q(Q(ended_at__isnull=False) & ~Q(outcome=""), status=DisputeStatus.RESOLVED),
                name="dispute_ends_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(lost_by=None) | Q(outcome__in=COMPLETES), name="dispute_lost_by_decision"
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at"], condition=Q(ended_at=None), name="dispute_unresolved"),
        ]

    def __str__(self) -> str:
        return f"dispute of #{self.proposal_id}, {self.status}"

    @property
    def other_id(self) -> int:
        return self.proposal.partner_id_of(self.opened_by_id)

    @property
    def is_resolved(self) -> bool:
        return bool(self.status == DisputeStatus.RESOLVED)

    @property
    def shown_photos(self) -> list[DisputePhoto]:
        """In the order they were sent, with whose they are; one query."""
        return list(self.photos.select_related("upload__owner"))

    def may_be_decided(self, now: datetime) -> bool:
        return self.answered_at is not None or now >= self.opened_at + ANSWER

    @transition(status, source=DisputeStatus.OPEN, target=DisputeStatus.UNDER_REVIEW, permission=is_other)
    def answer_with(self, text: str, now: datetime) -> None:
        self.answer, self.answered_at = text, now

    @transition(status, source=UNRESOLVED, target=DisputeStatus.RESOLVED, permission=is_opener)
    def withdraw(self, now: datetime) -> None:
        self.outcome, self.ended_at = Outcome.WITHDRAWN, now

    @transition(status, source=UNRESOLVED, target=DisputeStatus.RESOLVED, permission=is_other)
    def concede(self, now: datetime) -> None:
        self._end(Outcome.FOR_OPENER, now)

    @transition(status, source=UNRESOLVED, target=DisputeStatus.RESOLVED, permission=decides)
    def resolve(self, outcome: Outcome, now: datetime) -> None:
        self._end(outcome, now)

    def _end(self, outcome: Outcome, now: datetime) -> None:
        self.outcome, self.ended_at = outcome, now
        if outcome in COMPLETES:
            self.lost_by_id = self.other_id if outcome == Outcome.FOR_OPENER else self.opened_by_id


class DisputePhoto(models.Model):
    """What one of the two shows; whose it is stands on the upload."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="photos")
    upload = models.OneToOneField(Upload, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"photo of {self.dispute}"
