"""What signals do when something happens in the rooms below."""

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from signals_bridge.services import follow_by_trades
from trades.models import EventKind, TradeEvent, TradeProposal
from trades.signals import trade_event_recorded, trade_events_recorded


@receiver(trade_event_recorded)
def follow_completed_trade(sender: Any, event: TradeEvent, proposal: TradeProposal, **kwargs: Any) -> None:
    if event.kind == EventKind.COMPLETED:
        follow_by_trades(proposal_ids=[proposal.pk])


@receiver(trade_events_recorded)
def follow_completed_trades(sender: Any, kind: str, proposal_ids: Collection[int], **kwargs: Any) -> None:
    if kind == EventKind.COMPLETED:
        follow_by_trades(proposal_ids=proposal_ids)
