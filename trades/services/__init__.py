"""The only writers of trades: one function a verb."""

from trades.services.answering import (
    accept_proposal,
    counter_proposal,
    decline_proposal,
    view_proposal,
)
from trades.services.cancelling import cancel_between, cancel_trade, refuse_cancellation
from trades.services.completing import confirm_receipt
from trades.services.expiring import expire_overdue
from trades.services.sending import amend_draft, create_proposal, edit_draft, send_draft

__all__ = [
    "accept_proposal",
    "amend_draft",
    "cancel_between",
    "cancel_trade",
    "confirm_receipt",
    "counter_proposal",
    "create_proposal",
    "decline_proposal",
    "edit_draft",
    "expire_overdue",
    "refuse_cancellation",
    "send_draft",
    "view_proposal",
]
