"""The only writers of conversations: one function a verb."""

from messaging.services.changing import delete_message, edit_message
from messaging.services.erasing import erase_message_texts
from messaging.services.following import follow_trade, follow_trades
from messaging.services.opening import open_conversation
from messaging.services.reading import mark_read
from messaging.services.sending import send_message
from messaging.services.sorting import sort_conversation

__all__ = [
    "delete_message",
    "edit_message",
    "erase_message_texts",
    "follow_trade",
    "follow_trades",
    "mark_read",
    "open_conversation",
    "send_message",
    "sort_conversation",
]
