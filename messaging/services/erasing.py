"""What somebody wrote goes with their account; that they wrote, and when, stays."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from core.clock import database_now
from messaging.models import Conversation, Message, Revision
from messaging.services.changing import refresh


@transaction.atomic
def erase_message_texts(*, user: User) -> int:
    """Erase all that `user` wrote in chat, edited and deleted words too; it looks deleted from now on.

    Part of deleting the account, after `deleted_at` is set and in the same transaction, whose lock on
    the user keeps new messages out. The log keeps its numbers, what others wrote stays. Returns how
    many messages were erased; a second call changes nothing and returns 0.
    """
    rows = Conversation.objects.visible_to(user).order_by("pk").select_for_update(no_key=True)
    conversations = list(rows)
    written = Message.objects.filter(sender=user)
    Revision.objects.filter(message__in=written).delete()
    written.standing().update(deleted_at=database_now())
    erased: int = written.exclude(content="").update(content="")
    for conversation in conversations:
        refresh(conversation, user)
    return erased
