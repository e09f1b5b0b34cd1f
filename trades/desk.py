"""What lies on a trader's desk: four lists, each negotiation by its newest offer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from trades.models import CompletionMethod, DisputeStatus, Shipment, Side, Status, TradeItem, TradeProposal
from trades.models.proposals import CLOSED, OPEN

_A_DRAFT_WAITS = timedelta(days=90)  # behind everything that somebody waits for


class Tab(models.TextChoices):
    NEEDS_YOU = "needs-you", _("Needs you")
    WAITING = "waiting", _("Waiting")
    UNDER_WAY = "under-way", _("Under way")
    DONE = "done", _("Done")


# The most urgent first; what is over, newest first.
ORDERING = {
    Tab.NEEDS_YOU: ("due", "id"),
    Tab.WAITING: ("due", "id"),
    Tab.UNDER_WAY: ("due", "id"),
    Tab.DONE: ("-due", "-id"),
}


def proposals_in(tab: Tab, user: User) -> QuerySet[TradeProposal]:
    """The trades of one list, with both people; `due` is what `ORDERING` goes by."""
    mine = TradeProposal.objects.visible_to(user).filter(_conditions(user)[tab])
    return mine.with_people().select_related("dispute").annotate(due=_DUE)


def counts_of(user: User) -> dict[Tab, int]:
    """How many are in each list but the last, in one query."""
    conditions = _conditions(user)
    live = [tab for tab in Tab if tab != Tab.DONE]
    rows = TradeProposal.objects.visible_to(user).filter(status__in=[*OPEN, Status.DRAFT, Status.ACCEPTED])
    counted = rows.aggregate(**{tab.name: Count("pk", filter=conditions[tab]) for tab in live})
    return {tab: counted[tab.name] for tab in live}


def _conditions(user: User) -> dict[Tab, Q]:
    open_ = Q(status__in=OPEN)
    accepted = Q(status=Status.ACCEPTED)
    return {
        Tab.NEEDS_YOU: (open_ & Q(recipient=user))
        | Q(status=Status.DRAFT)
        | _has_to_answer_dispute(user)
        | (
            accepted
            & ~_IS_DISPUTED
            & (_is_asked_to_cancel(user) | _has_to_send(user) | _has_to_confirm(user))
        ),
        Tab.WAITING: open_ & Q(proposer=user),
        Tab.UNDER_WAY: accepted,
        # A discarded draft is nothing; what was countered goes on in its counter.
        Tab.DONE: Q(status__in=set(CLOSED) - {Status.COUNTERED}, sent_at__isnull=False),
    }


def _is_asked_to_cancel(user: User) -> Q:
    return Q(cancel_requested_by__isnull=False) & ~Q(cancel_requested_by=user)


def _has_to_answer_dispute(user: User) -> Q:
    return Q(dispute__status=DisputeStatus.OPEN) & ~Q(dispute__opened_by=user)


def _has_to_send(user: User) -> Q:
    """By mail: what this side gives is not on its way, and it is this side's turn."""
    turn = Q(sends_first=user) | _has_sent(~Q(sender=user)) | ~_partner_gives(user)
    return Q(completion_method=CompletionMethod.MAIL) & _gives(user) & ~_has_sent(Q(sender=user)) & turn


def _has_to_confirm(user: User) -> Q:
    """What this side gets is on its way, or was never to travel, and it has not said that it came."""
    due = ~Q(completion_method=CompletionMethod.MAIL) | _has_sent(~Q(sender=user)) | ~_partner_gives(user)
    unconfirmed = Q(proposer=user, proposer_confirmed_at=None) | Q(
        recipient=user, recipient_confirmed_at=None
    )
    return due & unconfirmed


def _gives(user: User) -> Q:
    """Whether this side gives anything at all: a receiver of a gift sends nothing."""
    return (Q(proposer=user) & _PROPOSER_GIVES) | (Q(recipient=user) & _RECIPIENT_GIVES)


def _partner_gives(user: User) -> Q:
    return (Q(proposer=user) & _RECIPIENT_GIVES) | (Q(recipient=user) & _PROPOSER_GIVES)


def _has_sent(whose: Q) -> Q:
    done = Q(sent_at__isnull=False) | Q(paid_at__isnull=False)
    return Q(Exists(Shipment.objects.filter(whose, done, proposal=OuterRef("pk"))))


def _has_lines(side: Side) -> Q:
    return Q(Exists(TradeItem.objects.filter(proposal=OuterRef("pk"), side=side)))


_IS_DISPUTED = Q(dispute__isnull=False, dispute__ended_at=None)
_PROPOSER_GIVES = _has_lines(Side.OFFER) | Q(proposer_adds_cash__gt=0)
_RECIPIENT_GIVES = _has_lines(Side.WANT) | Q(recipient_adds_cash__gt=0)
_DUE = Case(
    When(status__in=OPEN, then=F("expires_at")),
    When(status=Status.ACCEPTED, then=F("accepted_at")),
    When(status=Status.DRAFT, then=F("created_at") + _A_DRAFT_WAITS),
    default=F("closed_at"),
    output_field=DateTimeField(),
)


@dataclass(frozen=True, slots=True)
class SideSummary:
    """One side of a trade in a few words: its most valuable card, and how many others there are."""

    name: str = ""
    copies: int = 0

    @property
    def others(self) -> int:
        return self.copies - 1


def summaries_of(proposals: Iterable[TradeProposal]) -> dict[tuple[int, str], SideSummary]:
    """(proposal id, side) → its summary; one query for all of them."""
    lines = TradeItem.objects.filter(proposal__in=[proposal.pk for proposal in proposals])
    rows = lines.values_list("proposal_id", "side").annotate(
        names=ArrayAgg("card__name", order_by=[F("unit_price").desc(nulls_last=True), "id"]),
        copies=Sum("quantity"),
    )
    return {(pk, side): SideSummary(names[0], copies) for pk, side, names, copies in rows.order_by()}
