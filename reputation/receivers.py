"""What reputation does when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_blocked, user_unblocked, verification_changed
from reputation.coalescing import recalculate_soon
from reputation.services import record_completed_trade, settle_dispute
from trades.models import EventKind, TradeEvent, TradeProposal
from trades.signals import trade_event_recorded

ENDS_A_DISPUTE = frozenset(
    [EventKind.DISPUTE_RESOLVED, EventKind.DISPUTE_CONCEDED, EventKind.DISPUTE_WITHDRAWN]
)


@receiver(trade_event_recorded)
def follow_trade(sender: Any, event: TradeEvent, proposal: TradeProposal, **kwargs: Any) -> None:
    if event.kind == EventKind.COMPLETED:
        record_completed_trade(proposal=proposal)
    elif event.kind in ENDS_A_DISPUTE:
        settle_dispute(proposal=proposal)
    elif event.kind in (EventKind.CANCELLED, EventKind.LAPSED, EventKind.DISPUTED):
        recalculate_soon(proposal.party_ids)


@receiver([user_blocked, user_unblocked])
def follow_block(sender: Any, blocked: User, **kwargs: Any) -> None:
    recalculate_soon([blocked.pk])


@receiver(verification_changed)
def follow_verification(sender: Any, user: User, **kwargs: Any) -> None:
    recalculate_soon([user.pk])
