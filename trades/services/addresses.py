"""Addresses change hands only where both asked for it, and every look at one is recorded."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.addresses import Address, address_of, has_address
from accounts.models import User
from core.clock import database_now
from trades.deadlines import ADDRESS_KEPT
from trades.errors import TradeError
from trades.models import (
    AddressConsent,
    AddressRead,
    CompletionMethod,
    Dispute,
    EventKind,
    Status,
    TradeProposal,
)
from trades.services.locks import lock_proposal
from trades.services.permission import require_accepted
from trades.services.record import record


@transaction.atomic
def agree_to_exchange(*, proposal_id: int, by: User, version: int | None = None) -> TradeProposal:
    """Say yes to showing each other the addresses; they open once both have. Again changes nothing.

    Raises TradeError 409: not accepted, not by mail, or no address of one's own to show.
    """
    proposal = lock_proposal(proposal_id, by, version)
    require_accepted(proposal)
    _refuse_no_mail(proposal)
    if not has_address(by):
        raise TradeError("no_address", _("Add your own address in the settings first."))
    now = database_now()
    _consent, is_new = AddressConsent.objects.get_or_create(
        proposal=proposal, user=by, defaults={"agreed_at": now}
    )
    if is_new:
        record(proposal, EventKind.ADDRESS_AGREED, by, now)
    return proposal


@transaction.atomic
def read_address(*, proposal_id: int, by: User) -> Address:
    """The partner's address, with a record that `by` was shown it.

    Raises TradeError 409: not (or no longer) accepted, not by mail, not agreed by both, or deleted.
    """
    proposal = lock_proposal(proposal_id, by)
    now = database_now()
    _refuse_no_mail(proposal)
    if not _is_shown(proposal, now):
        raise TradeError("address_hidden", _("Addresses are shown while a trade is under way."))
    if proposal.address_consents.count() < 2:
        raise TradeError("not_agreed", _("Both sides have to agree to exchange addresses."))
    owner = proposal.partner_of(by.pk)
    address = address_of(owner)
    if address is None:
        raise TradeError("no_address", _("The other side has deleted its address."))
    AddressRead.objects.create(proposal=proposal, reader=by, owner=owner, read_at=now)
    return address


def _refuse_no_mail(proposal: TradeProposal) -> None:
    if proposal.completion_method != CompletionMethod.MAIL:
        raise TradeError("not_by_mail", _("Addresses are exchanged for trades by mail only."))


def _is_shown(proposal: TradeProposal, now: datetime) -> bool:
    """While it is accepted, 30 days from its completion, and as long as a dispute lasts."""
    if proposal.status == Status.ACCEPTED:
        return True
    if proposal.status != Status.COMPLETED or proposal.completed_at is None:
        return False
    if now < proposal.completed_at + ADDRESS_KEPT + proposal.stood_still:
        return True
    return Dispute.objects.unresolved().filter(proposal=proposal).exists()
