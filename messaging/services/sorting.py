"""Putting conversations away, and quiet."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from messaging.models import Conversation
from messaging.services.reading import lock_own


@transaction.atomic
def sort_conversation(
    *, conversation_id: int, by: User, archived: bool | None = None, muted: bool | None = None
) -> Conversation:
    """Archive or mute for `by` alone; None leaves it as it is. A new line brings an archived one back."""
    conversation = lock_own(conversation_id, by)
    side = conversation.side_of(by.pk)
    wanted = {f"{side}_archived": archived, f"{side}_muted": muted}
    changes = {name: value for name, value in wanted.items() if value is not None}
    for name, value in changes.items():
        setattr(conversation, name, value)
    conversation.save(update_fields=list(changes))
    return conversation
