"""The only writers of trades: one function a verb."""

from trades.services.addresses import agree_to_exchange, read_address
from trades.services.answering import (
    accept_proposal,
    counter_proposal,
    decline_proposal,
    view_proposal,
)
from trades.services.cancelling import cancel_between, cancel_trade, refuse_cancellation
from trades.services.clocks import complete_arrived, lapse_idle, settle_trades
from trades.services.completing import confirm_receipt
from trades.services.disputes import (
    add_photo,
    answer_dispute,
    concede_dispute,
    open_dispute,
    resolve_dispute,
    show_photo,
    withdraw_dispute,
)
from trades.services.expiring import expire_overdue
from trades.services.extending import extend_proposal
from trades.services.reminding import remind_of_arrival, remind_of_expiry, remind_of_unfinished
from trades.services.sending import amend_draft, create_proposal, edit_draft, send_draft
from trades.services.shipping import mark_sent, report_delay

__all__ = [
    "accept_proposal",
    "add_photo",
    "agree_to_exchange",
    "amend_draft",
    "answer_dispute",
    "cancel_between",
    "cancel_trade",
    "complete_arrived",
    "concede_dispute",
    "confirm_receipt",
    "counter_proposal",
    "create_proposal",
    "decline_proposal",
    "edit_draft",
    "expire_overdue",
    "extend_proposal",
    "lapse_idle",
    "mark_sent",
    "open_dispute",
    "read_address",
    "refuse_cancellation",
    "remind_of_arrival",
    "remind_of_expiry",
    "remind_of_unfinished",
    "report_delay",
    "resolve_dispute",
    "send_draft",
    "settle_trades",
    "show_photo",
    "view_proposal",
    "withdraw_dispute",
]
