"""Everything that a refused call must have left alone."""

from typing import Any

from cards.models import Holding
from notifications.models import Notification
from trades.models import (
    AddressConsent,
    AddressRead,
    Dispute,
    DisputePhoto,
    Look,
    Shipment,
    TradeEvent,
    TradeItem,
    TradeProposal,
)
from uploads.models import Upload

MODELS = [
    *(TradeProposal, TradeItem, TradeEvent, Look, Shipment, AddressConsent, AddressRead),
    *(Dispute, DisputePhoto, Upload, Holding, Notification),
]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of trades, binders and notices."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in MODELS}  # type: ignore[attr-defined]
