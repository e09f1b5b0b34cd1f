"""Which event tells whom, in which words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from notifications.models import Category
from notifications.services import Notice
from trades.models import EventKind, TradeEvent, TradeProposal

# Told to the partner of the one who acted; to both where the clock acted.
TEXTS: dict[str, str] = {
    EventKind.SENT: _("{actor} sent you an offer."),
    EventKind.ACCEPTED: _("{actor} accepted your offer."),
    EventKind.DECLINED: _("{actor} declined your offer."),
    EventKind.CANCEL_REQUESTED: _("{actor} asks to cancel your trade."),
    EventKind.CANCEL_REFUSED: _("{actor} wants to go on with your trade."),
    EventKind.CANCELLED: _("{actor} cancelled your trade."),
    EventKind.LAPSED: _("Your trade lapsed: nothing was sent for 21 days."),
    EventKind.EXTENDED: _("{actor} gave you 3 more days to answer."),
    EventKind.EXPIRED: _("An offer expired without an answer."),
    EventKind.SHIPPED: _("{actor} sent your parcel."),
    EventKind.PAID: _("{actor} marked the cash as paid."),
    EventKind.DELAYED: _("{actor} is still waiting for your parcel."),
    EventKind.ADDRESS_AGREED: _("{actor} agreed to exchange addresses."),
    EventKind.CONFIRMED: _("{actor} confirmed receipt."),
    EventKind.COMPLETED: _("Your trade is complete."),
    EventKind.DISPUTED: _("{actor} opened a dispute."),
    EventKind.DISPUTE_ANSWERED: _("{actor} answered the dispute."),
    EventKind.DISPUTE_WITHDRAWN: _("{actor} withdrew the dispute."),
    EventKind.DISPUTE_CONCEDED: _("{actor} conceded the dispute."),
    EventKind.DISPUTE_RESOLVED: _("The dispute about your trade is resolved."),
}
_COUNTER = _("{actor} countered your offer.")
# Where nobody is named: a dispute's outcome, and what a block closes without saying so.
_CANCELLED = _("Your trade is cancelled.")
_NO_LONGER_AVAILABLE = _("An offer is no longer available.")
_TO_BOTH = frozenset([EventKind.COMPLETED, EventKind.DISPUTE_RESOLVED])


def notices_of(event: TradeEvent, proposal: TradeProposal) -> list[Notice]:
    """The notices of one event; none for a look, a counter's parent, or a discarded draft."""
    if event.kind not in TEXTS or proposal.sent_at is None:
        return []
    told = [p for p in proposal.party_ids if p != event.actor_id or event.kind in _TO_BOTH]
    return [
        Notice(
            user_id=user_id,
            category=Category.TRADES,
            kind=f"trade_{event.kind}",
            text=_text_of(event, proposal),
            url=proposal.get_absolute_url(),
            key=f"trade-event:{event.pk}",
            subject=f"trade:{proposal.chain_id}",
            actor_id=event.actor_id,
        )
        for user_id in told
    ]


def frame_of(proposal_id: int, status: str, version: int) -> dict[str, Any]:
    """The live frame of one change: pages that show the trade fetch themselves anew."""
    return {"type": "trade", "id": proposal_id, "status": status, "version": version}


def _text_of(event: TradeEvent, proposal: TradeProposal) -> str:
    if event.kind == EventKind.SENT and proposal.parent_proposal_id is not None:
        return _COUNTER
    if event.kind == EventKind.CANCELLED and event.actor_id is None:
        return _CANCELLED if proposal.accepted_at else _NO_LONGER_AVAILABLE
    return TEXTS[event.kind]


# The notices of a batch of expiries, without a Python object for each of thousands. The constants
# are this module's own.
EXPIRED_NOTICES = f"""
    SELECT told, '{Category.TRADES}', 'trade_{EventKind.EXPIRED}', '{TEXTS[EventKind.EXPIRED]}',
        '/trades/' || p.id || '/', 'trade-event:' || e.id,
        'trade:' || coalesce(p.first_proposal_id, p.id), NULL::bigint, '{{}}'::jsonb
    FROM trades_tradeevent e JOIN trades_tradeproposal p ON p.id = e.proposal_id
    CROSS JOIN LATERAL unnest(ARRAY[p.proposer_id, p.recipient_id]) told
    WHERE e.id = ANY(%(events)s)
"""  # noqa: S608
