"""What is promised: proposals, their items, and everything that happened to them."""

from trades.models.addresses import AddressConsent, AddressRead
from trades.models.disputes import Dispute, DisputePhoto, DisputeStatus, Outcome, Reason
from trades.models.events import EventKind, TradeEvent
from trades.models.items import Side, TradeItem
from trades.models.looks import Look
from trades.models.proposals import CompletionMethod, Status, TradeProposal
from trades.models.shipments import Shipment

__all__ = [
    "AddressConsent",
    "AddressRead",
    "CompletionMethod",
    "Dispute",
    "DisputePhoto",
    "DisputeStatus",
    "EventKind",
    "Look",
    "Outcome",
    "Reason",
    "Shipment",
    "Side",
    "Status",
    "TradeEvent",
    "TradeItem",
    "TradeProposal",
]
