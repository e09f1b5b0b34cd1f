"""Changing and taking back one's own words."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_now
from messaging.errors import MessagingError, closed, not_found
from messaging.models import (
    Attachment,
    Conversation,
    ConversationEventKind,
    Message,
    Revision,
)
from messaging.services.locks import Locked, lock_conversation
from messaging.services.log import log_change, publish
from messaging.services.sending import Attached, checked_content, count_one, preview_of

EDITABLE = timedelta(minutes=15)


@transaction.atomic
def edit_message(*, message_id: int, by: User, content: str) -> Message:
    """Say it differently, within 15 minutes; what it said before stays to be seen. The same again is nothing.

    Raises MessagingError: 400 for the text, 403 not `by`'s or `conversation_closed`, 404 unknown,
    409 deleted or too late, 429 too many.
    """
    locked, message = _lock_own(message_id, by)
    content = checked_content(content, may_be_empty=bool(message.attachment_type))
    now = database_now()
    if not locked.is_open:
        raise closed()
    if message.deleted_at is not None:
        raise MessagingError("deleted", _("This message was deleted."))
    if now - message.created_at > EDITABLE:
        raise MessagingError("too_late", _("A message can be changed for 15 minutes."))
    if content == message.content:
        return message
    count_one(by)
    Revision.objects.create(message=message, content=message.content, replaced_at=now)
    message.content, message.edited_at = content, now
    message.save(update_fields=["content", "edited_at"])
    seq = log_change(message, ConversationEventKind.EDITED)
    refresh(locked.conversation, by)
    publish(seq, ConversationEventKind.EDITED, message)
    return message


@transaction.atomic
def delete_message(*, message_id: int, by: User) -> Message:
    """Take it back, at any time; its text stays for moderators only. Again is the same.

    Raises MessagingError: 403 not `by`'s, 404 unknown.
    """
    locked, message = _lock_own(message_id, by)
    if message.deleted_at is not None:
        return message
    message.deleted_at = database_now()
    message.save(update_fields=["deleted_at"])
    seq = log_change(message, ConversationEventKind.DELETED)
    refresh(locked.conversation, by)
    # A partner who was silenced meanwhile finds it gone, but is not told that somebody is here now.
    publish(seq, ConversationEventKind.DELETED, message, to_both=locked.is_open)
    return message


def _lock_own(message_id: int, by: User) -> tuple[Locked, Message]:
    found = Message.objects.visible_to(by).filter(pk=message_id).values_list("conversation_id").first()
    if found is None:
        raise not_found()
    locked = lock_conversation(found[0], by)
    message = Message.objects.get(pk=message_id)
    if message.sender_id != by.pk:
        raise MessagingError("not_yours", _("This is not your message."), 403)
    message.conversation, message.sender = locked.conversation, by
    return locked, message


def refresh(conversation: Conversation, by: User) -> None:
    """Bring the row of a locked conversation up to date, after a message of `by`'s changed or went."""
    written = Message.objects.standing().filter(conversation=conversation).order_by("-seq")
    last, own = written.exclude(sender=None).first(), written.filter(sender=by).first()
    last_sent = f"{conversation.side_of(by.pk)}_last_sent_seq"
    conversation.preview = _preview(last) if last else ""
    setattr(conversation, last_sent, own.seq if own else 0)
    conversation.save(update_fields=["preview", last_sent])


def _preview(message: Message) -> str:
    kind = message.attachment_type
    attached = Attached(Attachment(kind), message.attachment_id or 0) if kind else None
    return preview_of(message.content, attached)
