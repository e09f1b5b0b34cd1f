"""Both sides confirm; then the copies change binders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.custody import Move, hand_over
from core.clock import database_now
from core.errors import Fault
from trades.errors import TradeError
from trades.models import CompletionMethod, EventKind, Side, TradeProposal
from trades.services.locks import lock_items, lock_proposal
from trades.services.permission import refuse_disputed, require
from trades.services.record import record


@transaction.atomic
def confirm_receipt(
    *,
    proposal_id: int,
    by: User,
    completion_method: str | None = None,
    completion_notes: str | None = None,
    version: int | None = None,
) -> TradeProposal:
    """Confirm that `by` has what was promised; the second side's call completes the trade.

    Method and notes correct the offer's where given, the method when the trade completes. Raises
    TradeError 409 before acceptance and for a second confirmation of the same side.
    """
    _check(completion_method, completion_notes)
    proposal = lock_proposal(proposal_id, by, version)
    if proposal.confirmed_at(by.pk):
        raise TradeError("already_confirmed", _("You have confirmed already."))
    require(proposal, "confirm", by)
    refuse_disputed(proposal)
    now = database_now()
    method = method_so_far(proposal)
    proposal.confirm(by, now)
    proposal.completion_notes = completion_notes or proposal.completion_notes
    proposal.shipments.filter(sender=proposal.partner_id_of(by.pk)).update(received_at=now)
    corrected: dict[str, Any] = {}
    if completion_method not in (None, method):
        method = corrected["completion_method"] = str(completion_method)
    record(proposal, EventKind.CONFIRMED, by, now, **corrected)
    if proposal.both_confirmed:
        proposal.completion_method = method
        complete(proposal, by, now)
    return proposal


def method_so_far(proposal: TradeProposal) -> str:
    """The offer's, or what the side that confirmed has corrected it to. One query once somebody has.

    It counts at the end only: limits, clocks and addresses hang on "by mail", and one side's word alone
    must not free it from them.
    """
    if not (proposal.proposer_confirmed_at or proposal.recipient_confirmed_at):
        return proposal.completion_method
    corrections = proposal.events.filter(
        kind=EventKind.CONFIRMED, payload__has_key="completion_method"
    ).order_by("-pk")
    said = corrections.values_list("payload__completion_method", flat=True).first()
    return said or proposal.completion_method


def _check(method: str | None, notes: str | None) -> None:
    faults = []
    if method is not None and method not in CompletionMethod.values:
        faults.append(Fault("/completion_method", "unknown_choice", _("Mail, in person or other.")))
    if notes is not None and len(notes) > 1_000:
        faults.append(Fault("/completion_notes", "too_long", _("At most 1,000 characters.")))
    if faults:
        raise TradeError(faults[0].code, faults[0].detail, status=400, faults=faults)


def complete(proposal: TradeProposal, by: User | None, now: datetime) -> None:
    """Move the promised copies of the locked `proposal` into the other binder and close it."""
    items, _holdings = lock_items(proposal)
    hand_over(
        [Move(item.holding_id, item.quantity, receiver_id=receiver_id(proposal, item.side)) for item in items]
    )
    proposal.complete(now)
    record(proposal, EventKind.COMPLETED, by, now)


def receiver_id(proposal: TradeProposal, side: str) -> int:
    """Who gets what lies on this side."""
    return proposal.recipient_id if side == Side.OFFER else proposal.proposer_id
