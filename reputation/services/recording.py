"""A completed trade becomes a fact, in the transaction that completed it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from reputation.coalescing import recalculate_soon
from reputation.models import CompletedTrade
from reputation.services.reviews import reveal_if_complete
from trades.models import Dispute, TradeItem, TradeProposal

LEAST_GIVEN = Decimal(2)  # site currency, cards and cash together
REVIEW_WINDOW = timedelta(days=14)


@transaction.atomic
def record_completed_trade(*, proposal: TradeProposal) -> CompletedTrade:
    """Freeze what was swapped. The proposal is locked and completed; a second call changes nothing."""
    assert proposal.sent_at and proposal.completed_at  # noqa: S101, PT018  (completed; the database keeps it)
    items = list(proposal.items.select_related("card").order_by("side", "pk"))
    dispute = Dispute.objects.filter(proposal=proposal).first()
    trade, _is_new = CompletedTrade.objects.get_or_create(
        proposal=proposal,
        defaults={
            "user_a": proposal.proposer,
            "user_b": proposal.recipient,
            "user_a_name": proposal.proposer.username,
            "user_b_name": proposal.recipient.username,
            "user_a_gave": [_frozen(item) for item in items if item.side == "offer"],
            "user_b_gave": [_frozen(item) for item in items if item.side == "want"],
            "user_a_gave_value": proposal.proposer_offers_value,
            "user_b_gave_value": proposal.proposer_wants_value,
            "cash_from_a": proposal.proposer_adds_cash,
            "cash_from_b": proposal.recipient_adds_cash,
            "total_trade_value": proposal.proposer_total + proposal.recipient_total,
            "completion_method": proposal.completion_method,
            "proposed_at": proposal.sent_at,
            "completed_at": proposal.completed_at,
            "user_a_confirmed": proposal.proposer_confirmed_at is not None,
            "user_b_confirmed": proposal.recipient_confirmed_at is not None,
            "notes": proposal.completion_notes,
            "is_counted": min(proposal.proposer_total, proposal.recipient_total) >= LEAST_GIVEN,
            "lost_by_id": dispute.lost_by_id if dispute else None,
            "reviews_close_at": proposal.completed_at + REVIEW_WINDOW,
        },
    )
    recalculate_soon(trade.party_ids)
    return trade


def _frozen(item: TradeItem) -> dict[str, Any]:
    return {
        "card": item.card_id,
        "name": item.card.name,
        "set": item.card.set_code,
        "number": item.card.collector_number,
        "finish": item.finish,
        "condition": item.condition,
        "language": item.language,
        "quantity": item.quantity,
        "unit_price": None if item.unit_price is None else str(item.unit_price),
    }


@transaction.atomic
def settle_dispute(*, proposal: TradeProposal) -> None:
    """A dispute about a trade has ended: who lost it, and how long its reviews stood still.

    Called with the proposal locked; for a trade that a dispute completed, the fact comes with it.
    """
    dispute = Dispute.objects.get(proposal=proposal)
    trade = CompletedTrade.objects.select_for_update().filter(proposal=proposal).first()
    recalculate_soon(proposal.party_ids)
    if trade is None or dispute.ended_at is None:
        return
    trade.lost_by_id = dispute.lost_by_id
    # One a trade, so the window is moved once; a dispute that came after its end moves nothing.
    if trade.completed_at <= dispute.opened_at < trade.completed_at + REVIEW_WINDOW:
        stood_still = dispute.ended_at - dispute.opened_at
        trade.reviews_close_at = trade.completed_at + REVIEW_WINDOW + stood_still
    trade.save(update_fields=["lost_by", "reviews_close_at"])
    reveal_if_complete(trade, dispute.ended_at)
