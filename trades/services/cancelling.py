"""Taking an offer back, and calling off a trade that was agreed (domain.md §3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.custody import release
from core.clock import database_now
from core.errors import Fault
from core.text import is_invisible
from trades.errors import TradeError
from trades.models import CompletionMethod, EventKind, Status, TradeProposal
from trades.services.answering import refuse_long
from trades.services.locks import lock_items, lock_people, lock_proposal, promised
from trades.services.permission import COUNTED_WITHIN, refuse_disputed, require
from trades.services.record import record

GRACE = timedelta(hours=24)
PATIENCE = timedelta(days=7)


@transaction.atomic
def cancel_trade(
    *, proposal_id: int, by: User, reason: str = "", ask: bool = False, version: int | None = None
) -> TradeProposal:
    """Take back a draft or an open offer, or call off an accepted trade.

    An accepted trade needs a reason; once a side has sent or confirmed (or with `ask`) it is a request
    that the other side grants by cancelling too. Raises TradeError 403, 404, 409, 412; 400 without a reason.
    """
    refuse_long(reason, "/reason")
    proposal = lock_proposal(proposal_id, by, version)
    require(proposal, "cancel", by)
    now = database_now()
    if proposal.status != Status.ACCEPTED:
        return _close(proposal, by, now, reason)
    _refuse_no_reason(reason)
    refuse_disputed(proposal)
    agreed = proposal.cancel_requested_by_id == proposal.partner_id_of(by.pk)
    if not agreed and (ask or _is_begun(proposal)):
        return _request(proposal, by, now, reason)
    proposal.cancel_counts_against_id = None if agreed else _counts_against(proposal, by, now)
    release_items(proposal)
    return _close(proposal, by, now, reason)


def _refuse_no_reason(reason: str) -> None:
    if is_invisible(reason):
        detail = _("Say why: the other side has promised you their cards.")
        raise TradeError(
            "reason_required", detail, status=400, faults=[Fault("/reason", "reason_required", detail)]
        )


def _is_begun(proposal: TradeProposal) -> bool:
    """Whether a side has sent, paid, or said that it has what the other promised: cards may have moved."""
    return proposal.begun_at is not None


def _request(proposal: TradeProposal, by: User, now: datetime, reason: str) -> TradeProposal:
    if proposal.cancel_requested_by_id == by.pk:
        raise TradeError("already_requested", _("You have asked already; the other side has to agree."))
    proposal.cancel_requested_by = by
    proposal.cancel_reason = reason
    record(proposal, EventKind.CANCEL_REQUESTED, by, now)
    return proposal


def _counts_against(proposal: TradeProposal, by: User, now: datetime) -> int | None:
    """The id of the user whose reputation bears a cancellation nobody agreed to; None: nobody's."""
    if proposal.completion_method == CompletionMethod.IN_PERSON:
        return None
    if proposal.partner_of(by.pk).is_suspended(now):
        return None  # nobody is asked to deal with somebody whom the site has sent away
    assert proposal.accepted_at is not None  # noqa: S101  (an accepted trade; the database keeps it)
    age = now - proposal.accepted_at - proposal.stood_still
    if age <= GRACE and not _used_grace(by, now):
        return None
    return proposal.sends_first_id if age >= PATIENCE else by.pk


def _used_grace(user: User, now: datetime) -> bool:
    """Whether `user` already called off a trade for free in its first day, within 90 days."""
    free = TradeProposal.objects.filter(
        status=Status.CANCELLED,
        cancelled_by=user,
        accepted_at__isnull=False,
        cancel_requested_by=None,
        cancel_counts_against=None,
        closed_at__gt=now - COUNTED_WITHIN,
    )
    return free.exclude(completion_method=CompletionMethod.IN_PERSON).exists()


def release_items(proposal: TradeProposal) -> None:
    """Give the promised copies of a locked, accepted trade back to their binders."""
    items, _holdings = lock_items(proposal)
    release(promised(items))


def _close(proposal: TradeProposal, by: User, now: datetime, reason: str) -> TradeProposal:
    proposal.cancel(now)
    proposal.cancelled_by = by
    proposal.cancel_reason = reason
    record(proposal, EventKind.CANCELLED, by, now, counts_against=proposal.cancel_counts_against_id)
    return proposal


@transaction.atomic
def refuse_cancellation(*, proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """Go on with a trade that the other side asked to cancel."""
    proposal = lock_proposal(proposal_id, by, version)
    if proposal.status != Status.ACCEPTED or proposal.cancel_requested_by_id != proposal.partner_id_of(by.pk):
        raise TradeError("nothing_to_refuse", _("Nobody has asked you to cancel this trade."))
    proposal.cancel_requested_by = None
    proposal.cancel_reason = ""
    record(proposal, EventKind.CANCEL_REFUSED, by, database_now())
    return proposal


@transaction.atomic
def cancel_between(*, one_id: int, other_id: int) -> None:
    """Close every open offer between two users without penalty: one of them blocked the other.

    The event names no actor, so that neither side can read from it who blocked whom.
    """
    lock_people(one_id, other_id)
    now = database_now()
    for proposal in TradeProposal.objects.between(one_id, other_id).open().order_by("pk").select_for_update():
        proposal.cancel(now)
        record(proposal, EventKind.CANCELLED, None, now, no_longer_available=True)
