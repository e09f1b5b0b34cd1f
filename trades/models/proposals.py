"""A proposal and its status machine (domain.md §3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import CombinedExpression
from django.urls import reverse
from django.utils.translation import gettext as _
from django_fsm import FSMField, FSMModelMixin, transition

from accounts.models import User
from trades.deadlines import EXTENSION, STALLED
from trades.errors import TradeError
from trades.models.statuses import CLOSED as CLOSED
from trades.models.statuses import LIVE as LIVE
from trades.models.statuses import OPEN as OPEN
from trades.models.statuses import CompletionMethod as CompletionMethod
from trades.models.statuses import Status as Status

if TYPE_CHECKING:
    from trades.models.items import TradeItem

LONGEST_CHAIN = 20
MOST_CASH = Decimal("99999999.99")


def is_proposer(proposal: Any, user: Any) -> bool:
    return bool(proposal.proposer_id == user.pk)


def is_recipient(proposal: Any, user: Any) -> bool:
    return bool(proposal.recipient_id == user.pk)


def is_party(proposal: Any, user: Any) -> bool:
    return user.pk in proposal.party_ids


def is_unconfirmed_party(proposal: Any, user: Any) -> bool:
    return is_party(proposal, user) and proposal.confirmed_at(user.pk) is None


def nobody(proposal: Any, user: Any) -> bool:
    """The clock and the batch services only: no user has a button for it."""
    return False


def never_extended(proposal: Any) -> bool:
    return proposal.extended_at is None


def _running(moment: datetime) -> CombinedExpression:
    """`moment` on the clock of a row that has stood still for a while."""
    return Value(moment, output_field=models.DateTimeField()) - F("stood_still")


class TradeProposalQuerySet(models.QuerySet["TradeProposal"]):
    def visible_to(self, user: Any) -> TradeProposalQuerySet:
        """A draft exists only for its proposer, also when discarded; the rest for the two."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(Q(proposer=user) | Q(recipient=user, sent_at__isnull=False))

    def open(self) -> TradeProposalQuerySet:
        return self.filter(status__in=OPEN)

    def live(self) -> TradeProposalQuerySet:
        return self.filter(status__in=LIVE)

    def between(self, one_id: int, other_id: int) -> TradeProposalQuerySet:
        """Of these two, whoever of them made the offer."""
        return self.filter(Q(proposer=one_id, recipient=other_id) | Q(proposer=other_id, recipient=one_id))

    def binding(self) -> TradeProposalQuerySet:
        """Those that a block does not end: accepted, or under dispute."""
        return self.filter(Q(status=Status.ACCEPTED) | Q(dispute__isnull=False, dispute__ended_at=None))

    def overdue(self, now: datetime) -> TradeProposalQuerySet:
        return self.open().filter(expires_at__lte=now)

    def undisputed(self) -> TradeProposalQuerySet:
        """Those whose clocks run."""
        return self.exclude(dispute__isnull=False, dispute__ended_at=None)

    def idle_since(self, moment: datetime) -> TradeProposalQuerySet:
        """Accepted before `moment`, and nothing sent, paid or confirmed."""
        # Said twice: only the first, without a column in it, can be looked up in an index.
        idle = self._unfinished().filter(begun_at=None, accepted_at__lte=moment)
        return idle.filter(accepted_at__lte=_running(moment))

    def begun_before(self, moment: datetime) -> TradeProposalQuerySet:
        """Accepted; something was sent, paid or confirmed before `moment`; not finished."""
        return self._unfinished().filter(begun_at__lte=_running(moment))

    def stalled(self, now: datetime) -> TradeProposalQuerySet:
        """Begun 60 days ago and not finished: for moderators to look at."""
        return self.begun_before(now - STALLED)

    def _unfinished(self) -> TradeProposalQuerySet:
        return self.filter(status=Status.ACCEPTED).undisputed()

    def with_people(self) -> TradeProposalQuerySet:
        return self.select_related("proposer", "recipient")

    def with_items(self) -> TradeProposalQuerySet:
        return self.with_people().prefetch_related("items__card")


class TradeProposal(FSMModelMixin, models.Model):
    """One offer in a chain of counters: what the proposer gives and what they want for it."""

    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals_made")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals_received")
    status = FSMField(choices=Status.choices, default=Status.DRAFT, protected=True)
    # Goes up by one with every change; what a reader saw is what their answer must name.
    version = models.PositiveIntegerField(default=1)

    # Values of the cards of each side, frozen at sending; without cash.
    proposer_offers_value = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    proposer_wants_value = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    proposer_adds_cash = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    recipient_adds_cash = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    message = models.TextField(blank=True, validators=[MaxLengthValidator(2_000)])
    decline_reason = models.TextField(blank=True, validators=[MaxLengthValidator(500)])
    cancel_reason = models.TextField(blank=True, validators=[MaxLengthValidator(500)])
    # The recipient asked not to be offered these cards again.
    declined_for_good = models.BooleanField(default=False)

    parent_proposal = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="counters"
    )
    # The first proposal of the chain; null for the first itself.
    first_proposal = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    counter_count = models.PositiveSmallIntegerField(default=0)

    completion_method = models.CharField(
        max_length=9, choices=CompletionMethod.choices, default=CompletionMethod.MAIL
    )
    completion_notes = models.TextField(blank=True, validators=[MaxLengthValidator(1_000)])
    life_days = models.PositiveSmallIntegerField(default=7)

    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    viewed_at = models.DateTimeField(null=True)
    responded_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    # When the first side sent, paid or confirmed anything.
    begun_at = models.DateTimeField(null=True)
    proposer_confirmed_at = models.DateTimeField(null=True)
    recipient_confirmed_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # How long a dispute has stopped the clocks of what the trade is now: accepted, or completed.
    stood_still = models.DurationField(default=timedelta)

    # Who is named to send first, frozen at acceptance (the lower tier; equal: the proposer).
    sends_first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Whose reputation the cancellation counts against; null: nobody's.
    cancel_counts_against = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="cancellations_counted"
    )

    objects: ClassVar[Any] = TradeProposalQuerySet.as_manager()
    get_available_user_status_transitions: Any  # made by FSMField

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(proposer=F("recipient")), name="trade_not_with_oneself"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="trade_status_known"),
            models.UniqueConstraint(
                fields=["parent_proposal"],
                condition=Q(status__in=[*LIVE, Status.COMPLETED, Status.COUNTERED]),
                name="trade_one_live_counter",
            ),
            # BETWEEN and not >= 0: NaN is greater than every number in PostgreSQL.
            models.CheckConstraint(
                condition=Q(
                    proposer_adds_cash__range=(0, MOST_CASH), recipient_adds_cash__range=(0, MOST_CASH)
                ),
                name="trade_cash_bounds",
            ),
            models.CheckConstraint(
                condition=Q(proposer_adds_cash=0) | Q(recipient_adds_cash=0), name="trade_cash_one_way"
            ),
            models.CheckConstraint(
                condition=Q(
                    proposer_offers_value__range=(0, "999999999999.99"),
                    proposer_wants_value__range=(0, "999999999999.99"),
                ),
                name="trade_value_bounds",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.COMPLETED) | Q(completed_at__isnull=False),
                name="trade_completed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.ACCEPTED, Status.COMPLETED]) | Q(accepted_at__isnull=False),
                name="trade_accepted_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=CLOSED) | Q(closed_at__isnull=False), name="trade_closed_has_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[Status.DRAFT, Status.CANCELLED])
                | Q(sent_at__isnull=False, expires_at__isnull=False),
                name="trade_sent_has_times",
            ),
            models.CheckConstraint(
                condition=Q(counter_count__range=(0, LONGEST_CHAIN)), name="trade_chain_length"
            ),
        ]
        indexes = [
            models.Index(fields=["proposer", "-id"], name="trade_outgoing"),
            models.Index(
                fields=["recipient", "-id"], condition=Q(sent_at__isnull=False), name="trade_incoming"
            ),
            models.Index(fields=["expires_at"], condition=Q(status__in=OPEN), name="trade_to_expire"),
            models.Index(
                fields=["proposer", "recipient"], condition=Q(status__in=LIVE), name="trade_live_pairs"
            ),
            models.Index(fields=["accepted_at"], condition=Q(status=Status.ACCEPTED), name="trade_under_way"),
            models.Index(fields=["first_proposal"], name="trade_chain"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.status}"

    def get_absolute_url(self) -> str:
        return reverse("trades:trade", args=[self.pk])

    # --- reading ----------------------------------------------------------------------------

    @property
    def party_ids(self) -> tuple[int, int]:
        return self.proposer_id, self.recipient_id

    @property
    def chain_id(self) -> int:
        """The id of the chain's first proposal."""
        return self.first_proposal_id or self.pk

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def proposer_total(self) -> Decimal:
        return self.proposer_offers_value + self.proposer_adds_cash

    @property
    def recipient_total(self) -> Decimal:
        return self.proposer_wants_value + self.recipient_adds_cash

    def partner_of(self, user_id: int) -> User:
        return self.recipient if user_id == self.proposer_id else self.proposer

    def partner_id_of(self, user_id: int) -> int:
        return self.recipient_id if user_id == self.proposer_id else self.proposer_id

    def promised_by(self, user_id: int) -> Decimal:
        """What this side promised, cards and cash."""
        return self.proposer_total if user_id == self.proposer_id else self.recipient_total

    def cash_from(self, user_id: int) -> Decimal:
        return self.proposer_adds_cash if user_id == self.proposer_id else self.recipient_adds_cash

    @property
    def offers(self) -> list[TradeItem]:
        """What the proposer gives; no query after `with_items()`."""
        return [item for item in self.items.all() if item.side == "offer"]

    @property
    def wants(self) -> list[TradeItem]:
        """What the recipient gives; no query after `with_items()`."""
        return [item for item in self.items.all() if item.side == "want"]

    def items_given_by(self, user_id: int) -> list[TradeItem]:
        return self.offers if user_id == self.proposer_id else self.wants

    def gives_something(self, user_id: int) -> bool:
        """Whether this side has anything to send or pay."""
        return bool(self.cash_from(user_id) or self.items_given_by(user_id))

    @property
    def counter_proposal(self) -> TradeProposal | None:
        """The proposal that answered this one: there is never a second."""
        return next(iter(self.counters.all()), None)

    def confirmed_at(self, user_id: int) -> datetime | None:
        return self.proposer_confirmed_at if user_id == self.proposer_id else self.recipient_confirmed_at

    @property
    def both_confirmed(self) -> bool:
        return self.proposer_confirmed_at is not None and self.recipient_confirmed_at is not None

    def is_overdue(self, now: datetime) -> bool:
        """Past its life, whether or not the beat has been here."""
        return self.is_open and self.expires_at is not None and self.expires_at <= now

    # --- transitions: guards and the new status, no I/O -------------------------------------

    @transition(status, source=Status.DRAFT, target=Status.PENDING, permission=is_proposer)
    def send(self, now: datetime) -> None:
        self.sent_at = now

    @transition(status, source=Status.PENDING, target=Status.VIEWED, permission=is_recipient)
    def view(self, now: datetime) -> None:
        self.viewed_at = now

    @transition(status, source=OPEN, target=Status.ACCEPTED, permission=is_recipient)
    def accept(self, now: datetime) -> None:
        self._refuse_overdue(now)
        self.accepted_at = self.responded_at = now

    @transition(status, source=OPEN, target=Status.DECLINED, permission=is_recipient)
    def decline(self, now: datetime) -> None:
        self._refuse_overdue(now)
        self.responded_at = self.closed_at = now

    @transition(status, source=OPEN, target=Status.COUNTERED, permission=is_recipient)
    def counter(self, now: datetime) -> None:
        self._refuse_overdue(now)
        if self.counter_count >= LONGEST_CHAIN:
            raise TradeError("chain_too_long", _("This negotiation has had 20 counters. Start a new one."))
        self.responded_at = self.closed_at = now

    @transition(status, source=OPEN, target=None, permission=is_proposer, conditions=[never_extended])
    def extend(self, now: datetime) -> None:
        self._refuse_overdue(now)
        assert self.expires_at is not None  # noqa: S101  (an open offer; the database keeps it)
        self.expires_at += EXTENSION
        self.extended_at = now
        self.reminded_at = None  # the new end gets a reminder of its own

    @transition(status, source=[Status.DRAFT, *OPEN], target=Status.CANCELLED, permission=is_proposer)
    @transition(status, source=Status.ACCEPTED, target=Status.CANCELLED, permission=is_party)
    def cancel(self, now: datetime) -> None:
        self.closed_at = now

    @transition(status, source=Status.ACCEPTED, target=Status.CANCELLED, permission=nobody)
    def lapse(self, now: datetime) -> None:
        self.closed_at = now

    @transition(status, source=OPEN, target=Status.EXPIRED, permission=nobody)
    def expire(self, now: datetime) -> None:
        self.closed_at = now

    @transition(status, source=Status.ACCEPTED, target=Status.ACCEPTED, permission=is_unconfirmed_party)
    def confirm(self, by: User, now: datetime) -> None:
        if by.pk == self.proposer_id:
            self.proposer_confirmed_at = now
        else:
            self.recipient_confirmed_at = now
        self.begun_at = self.begun_at or now

    @transition(status, source=Status.ACCEPTED, target=Status.COMPLETED, permission=nobody)
    def complete(self, now: datetime) -> None:
        self._finish(now)

    @transition(status, source=Status.ACCEPTED, target=Status.COMPLETED, permission=nobody)
    def resolve_completed(self, now: datetime) -> None:
        self._finish(now)

    @transition(status, source=Status.ACCEPTED, target=Status.CANCELLED, permission=nobody)
    def resolve_cancelled(self, now: datetime) -> None:
        self.closed_at = now

    def _finish(self, now: datetime) -> None:
        self.completed_at = self.closed_at = now
        self.stood_still = timedelta()

    def _refuse_overdue(self, now: datetime) -> None:
        if self.is_overdue(now):
            raise TradeError("expired", _("This offer has expired."))
