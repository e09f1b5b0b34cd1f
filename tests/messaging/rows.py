"""Everything that a refused call must have left alone."""

from typing import Any

from messaging.models import Conversation, ConversationEvent, Message, Revision
from notifications.models import Notification
from uploads.models import Upload

MODELS = [Conversation, Message, Revision, ConversationEvent, Notification, Upload]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row of chat, notices and photos."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in MODELS}  # type: ignore[attr-defined]
