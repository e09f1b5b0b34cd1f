"""After acceptance: each side sends or pays, and says so; who waits in vain says so too."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from core.errors import Fault
from trades.errors import TradeError
from trades.models import CompletionMethod, EventKind, Shipment, TradeProposal
from trades.services.locks import lock_proposal
from trades.services.permission import require_accepted
from trades.services.record import record


@transaction.atomic
def mark_sent(
    *, proposal_id: int, by: User, carrier: str = "", tracking: str = "", version: int | None = None
) -> Shipment:
    """Say that `by`'s parcel is on its way, or the cash of a side that gives nothing else is paid.

    Carrier and tracking can be corrected by a further call until the other side has confirmed.
    Raises TradeError 409: not accepted, in person, nothing to send, already confirmed.
    """
    _refuse_long(carrier, tracking)
    proposal = lock_proposal(proposal_id, by, version)
    require_accepted(proposal)
    _refuse_nothing_to_send(proposal, by)
    now = database_now()
    shipment = proposal.shipments.filter(sender=by).first()
    is_first = shipment is None
    shipment = shipment or _begun(proposal, by, now)
    shipment.carrier, shipment.tracking = carrier, tracking
    shipment.save()
    if is_first:
        proposal.begun_at = proposal.begun_at or now
        record(proposal, EventKind.SHIPPED if shipment.sent_at else EventKind.PAID, by, now)
    return shipment


def _refuse_long(carrier: str, tracking: str) -> None:
    limits = (("/carrier", carrier, 60), ("/tracking", tracking, 100))
    faults = [
        Fault(pointer, "too_long", _("At most %(limit)s characters.") % {"limit": limit})
        for pointer, text, limit in limits
        if len(text) > limit
    ]
    if faults:
        raise TradeError(faults[0].code, faults[0].detail, status=400, faults=faults)


def _refuse_nothing_to_send(proposal: TradeProposal, by: User) -> None:
    if proposal.completion_method == CompletionMethod.IN_PERSON:
        raise TradeError("in_person", _("You meet for this trade: confirm once you have swapped."))
    if not proposal.gives_something(by.pk):
        raise TradeError("nothing_to_send", _("You give nothing in this trade."))
    if proposal.confirmed_at(proposal.partner_id_of(by.pk)) is not None:
        raise TradeError("already_received", _("The other side has confirmed receipt already."))


def _begun(proposal: TradeProposal, by: User, now: datetime) -> Shipment:
    if proposal.items_given_by(by.pk):
        return Shipment(proposal=proposal, sender=by, sent_at=now)
    return Shipment(proposal=proposal, sender=by, paid_at=now)


@transaction.atomic
def report_delay(*, proposal_id: int, by: User, version: int | None = None) -> Shipment:
    """Say that what the other side sent is not here yet: 30 more days before the trade may complete
    without `by`, once.

    Raises TradeError 409: not accepted, nothing sent, confirmed, or said before.
    """
    proposal = lock_proposal(proposal_id, by, version)
    require_accepted(proposal)
    shipment = proposal.shipments.filter(sender=proposal.partner_id_of(by.pk)).first()
    if shipment is None:
        raise TradeError("not_sent", _("The other side has not said that it sent anything."))
    if proposal.confirmed_at(by.pk) is not None:
        raise TradeError("already_confirmed", _("You have confirmed already."))
    if shipment.delayed_at is not None:
        raise TradeError("already_delayed", _("You have said so already. If it is lost, open a dispute."))
    now = database_now()
    shipment.delayed_at = now
    shipment.reminders = 0  # the new end gets reminders of its own
    shipment.save(update_fields=["delayed_at", "reminders"])
    record(proposal, EventKind.DELAYED, by, now)
    return shipment
