"""When a trade goes wrong: five verbs, and what the end of a dispute does to the cards."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.custody import Move, hand_over, release
from core.clock import database_now
from core.errors import Fault
from core.text import is_invisible
from trades.deadlines import DISPUTABLE
from trades.errors import TradeError
from trades.models import (
    Dispute,
    DisputePhoto,
    EventKind,
    Outcome,
    Reason,
    Side,
    Status,
    TradeProposal,
)
from trades.models.disputes import COMPLETES, LONGEST_TEXT, SHOWN_IN
from trades.services.completing import receiver_id
from trades.services.locks import lock_any_proposal, lock_items, lock_proposal, promised
from trades.services.permission import require, wrong_status
from trades.services.record import record
from uploads.services import keep_photo, use_photo

MOST_PHOTOS = 6  # a side


@transaction.atomic
def open_dispute(
    *, proposal_id: int, by: User, reason: str, text: str, version: int | None = None
) -> Dispute:
    """Stop the trade, or question it within 30 days after completion; once a trade, ever.

    Raises TradeError: 400 unknown reason or no text, 409 wrong status, too late or disputed before.
    """
    _check_text(text, "/text")
    if reason not in Reason.values:
        detail = _("One of: %(names)s.") % {"names": ", ".join(Reason.values)}
        raise TradeError(
            "unknown_choice", detail, status=400, faults=[Fault("/reason", "unknown_choice", detail)]
        )
    proposal = lock_proposal(proposal_id, by, version)
    now = database_now()
    _refuse_undisputable(proposal, now)
    dispute = Dispute(proposal=proposal, opened_by=by, reason=reason, text=text, opened_at=now)
    dispute.save()
    record(proposal, EventKind.DISPUTED, by, now, reason=reason)
    return dispute


def _check_text(text: str, pointer: str) -> None:
    if is_invisible(text):
        detail = _("Say what happened.")
        raise TradeError("required", detail, status=400, faults=[Fault(pointer, "required", detail)])
    if len(text) > LONGEST_TEXT:
        detail = _("At most %(limit)s characters.") % {"limit": LONGEST_TEXT}
        raise TradeError("too_long", detail, status=400, faults=[Fault(pointer, "too_long", detail)])


def _refuse_undisputable(proposal: TradeProposal, now: datetime) -> None:
    if proposal.status not in (Status.ACCEPTED, Status.COMPLETED):
        raise wrong_status(proposal)
    if Dispute.objects.filter(proposal=proposal).exists():
        raise TradeError("already_disputed", _("There has been a dispute about this trade already."))
    if proposal.completed_at is not None and now > proposal.completed_at + DISPUTABLE:
        raise TradeError("too_late", _("A dispute can be opened within 30 days after completion."))


@transaction.atomic
def answer_dispute(*, proposal_id: int, by: User, text: str, version: int | None = None) -> Dispute:
    """The other side's account, once; from then on a moderator may decide.

    Raises TradeError: 400 no text, 403 for the opener, 404 no dispute, 409 answered or resolved.
    """
    _check_text(text, "/answer")
    dispute = _lock_dispute(proposal_id, by, version)
    require(dispute, "answer_with", by)
    now = database_now()
    dispute.answer_with(text, now)
    dispute.save()
    record(dispute.proposal, EventKind.DISPUTE_ANSWERED, by, now)
    return dispute


@transaction.atomic
def withdraw_dispute(*, proposal_id: int, by: User, version: int | None = None) -> Dispute:
    """The opener's way out: the trade goes on where it stood, its clocks as much later."""
    dispute = _lock_dispute(proposal_id, by, version)
    require(dispute, "withdraw", by)
    now = database_now()
    dispute.withdraw(now)
    dispute.save()
    dispute.proposal.stood_still += now - dispute.opened_at
    record(dispute.proposal, EventKind.DISPUTE_WITHDRAWN, by, now)
    return dispute


@transaction.atomic
def concede_dispute(*, proposal_id: int, by: User, version: int | None = None) -> Dispute:
    """The other side's way out: the opener is right, and an accepted trade completes.

    Nobody is there to say what arrived, so the facts do: the opener's cards if they were sent or
    confirmed, the other's unless nothing came or what came was not what was promised.
    """
    dispute = _lock_dispute(proposal_id, by, version)
    require(dispute, "concede", by)
    now = database_now()
    dispute.concede(now)
    if dispute.proposal.status == Status.ACCEPTED:
        _note_arrivals(dispute)
    _end(dispute, EventKind.DISPUTE_CONCEDED, by, now)
    return dispute


def _note_arrivals(dispute: Dispute) -> None:
    proposal = dispute.proposal
    openers = _has_given(proposal, dispute.opened_by_id)
    others = dispute.reason not in (Reason.NOT_RECEIVED, Reason.COUNTERFEIT)
    is_proposers = dispute.opened_by_id == proposal.proposer_id
    dispute.proposer_cards_arrived = openers if is_proposers else others
    dispute.recipient_cards_arrived = others if is_proposers else openers


def _has_given(proposal: TradeProposal, user_id: int) -> bool:
    is_confirmed = proposal.confirmed_at(proposal.partner_id_of(user_id)) is not None
    return is_confirmed or proposal.shipments.filter(sender=user_id).exists()


@transaction.atomic
def resolve_dispute(
    *,
    proposal_id: int,
    by: User,
    outcome: str,
    proposer_cards_arrived: bool,
    recipient_cards_arrived: bool,
    decision: str,
    bad_faith: bool = False,
) -> Dispute:
    """A moderator's decision, after the answer or 5 days; `decision` is read by both sides.

    Of an accepted trade only the cards that arrived change binders, the rest are released. It
    completes with `for_opener` and `for_other`, and is cancelled with `mutual_cancel` and
    `inconclusive`. A completed trade stays as it is. `bad_faith` is the opener's, who then loses.
    Raises TradeError: 400 input, 403 no moderator or their own trade, 404, 409 too early, resolved.
    """
    chosen = _check_decision(outcome, decision, bad_faith)
    dispute = _dispute_of(lock_any_proposal(proposal_id))
    if by.pk in dispute.proposal.party_ids:
        raise TradeError("own_trade", _("Nobody decides about a trade of their own."), status=403)
    require(dispute, "resolve", by)
    now = database_now()
    if not dispute.may_be_decided(now):
        raise TradeError("too_early", _("Wait for the answer, or until 5 days have passed."))
    dispute.resolve(chosen, now)
    dispute.proposer_cards_arrived = proposer_cards_arrived
    dispute.recipient_cards_arrived = recipient_cards_arrived
    dispute.decision, dispute.decided_by, dispute.bad_faith = decision, by, bad_faith
    # The event names no actor: the decision is the site's.
    _end(dispute, EventKind.DISPUTE_RESOLVED, None, now)
    return dispute


def _check_decision(outcome: str, decision: str, bad_faith: bool) -> Outcome:
    _check_text(decision, "/decision")
    if outcome not in Outcome.values or outcome == Outcome.WITHDRAWN:
        detail = _("This is no decision.")
        raise TradeError(
            "unknown_choice", detail, status=400, faults=[Fault("/outcome", "unknown_choice", detail)]
        )
    if bad_faith and outcome != Outcome.FOR_OTHER:
        detail = _("Only who opened the dispute and loses it can have acted in bad faith.")
        raise TradeError("not_lost", detail, status=400, faults=[Fault("/bad_faith", "not_lost", detail)])
    return Outcome(outcome)


def _end(dispute: Dispute, kind: EventKind, by: User | None, now: datetime) -> None:
    """Save a decided `dispute` and bring its accepted trade to the end that follows."""
    dispute.save()
    proposal = dispute.proposal
    if proposal.status == Status.COMPLETED:
        proposal.stood_still += now - dispute.opened_at
        record(proposal, kind, by, now, outcome=dispute.outcome)
        return
    _settle_cards(dispute)
    completes = dispute.outcome in COMPLETES
    if completes:
        proposal.resolve_completed(now)
    else:
        proposal.resolve_cancelled(now)
    record(proposal, kind, by, now, outcome=dispute.outcome)
    record(proposal, EventKind.COMPLETED if completes else EventKind.CANCELLED, None, now)


def _settle_cards(dispute: Dispute) -> None:
    """Move what arrived into the other binder and give the rest back to its owner."""
    proposal = dispute.proposal
    arrived = {Side.OFFER: dispute.proposer_cards_arrived, Side.WANT: dispute.recipient_cards_arrived}
    items, _holdings = lock_items(proposal)
    release(promised(item for item in items if not arrived[Side(item.side)]))
    hand_over(
        [
            Move(item.holding_id, item.quantity, receiver_id=receiver_id(proposal, item.side))
            for item in items
            if arrived[Side(item.side)]
        ]
    )


@transaction.atomic
def add_photo(*, proposal_id: int, by: User, upload_id: int) -> DisputePhoto:
    """Show one of `by`'s photos in the dispute, six a side.

    Raises UploadError and TradeError: 404 no dispute or not `by`'s photo, 409 resolved, photo in use
    or six already.
    """
    dispute = _lock_dispute(proposal_id, by)
    _refuse_photo(dispute, by)
    upload = use_photo(upload_id=upload_id, by=by, use=SHOWN_IN)
    return DisputePhoto.objects.create(dispute=dispute, upload=upload)


def show_photo(*, proposal_id: int, by: User, file: IO[bytes]) -> DisputePhoto:
    """The same with a file, which is drawn anew before anything is locked. Raises as `keep_photo` too."""
    dispute = Dispute.objects.visible_to(by).filter(proposal=proposal_id).first()
    if dispute is None:
        raise _no_dispute()
    _refuse_photo(dispute, by)
    return add_photo(proposal_id=proposal_id, by=by, upload_id=keep_photo(by=by, file=file).pk)


def _refuse_photo(dispute: Dispute, by: User) -> None:
    if dispute.is_resolved:
        raise wrong_status(dispute)
    if dispute.photos.filter(upload__owner=by).count() >= MOST_PHOTOS:
        raise TradeError("too_many_photos", _("At most six photos a side."))


def _lock_dispute(proposal_id: int, by: User, version: int | None = None) -> Dispute:
    """The dispute of a trade of `by`'s; the proposal's lock keeps it."""
    return _dispute_of(lock_proposal(proposal_id, by, version))


def _dispute_of(proposal: TradeProposal) -> Dispute:
    dispute = Dispute.objects.filter(proposal=proposal).first()
    if dispute is None:
        raise _no_dispute()
    dispute.proposal = proposal
    return dispute


def _no_dispute() -> TradeError:
    return TradeError("not_found", _("There is no dispute about this trade."), status=404)
