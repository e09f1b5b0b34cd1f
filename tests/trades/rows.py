"""Everything that a refused call must have left alone."""

from typing import Any

from cards.models import Holding
from notifications.models import Notification
from trades.models import Look, Shipment, TradeEvent, TradeItem, TradeProposal

MODELS = [TradeProposal, TradeItem, TradeEvent, Look, Shipment, Holding, Notification]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of trades, binders and notices."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in MODELS}  # type: ignore[attr-defined]
