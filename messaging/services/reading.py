"""Having read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.clock import database_now
from messaging.errors import not_found
from messaging.models import Conversation, Message
from messaging.standing import tells_of_reading
from notifications.push import push
from notifications.services import mark_subject_read


@transaction.atomic
def mark_read(*, conversation_id: int, by: User, seq: int) -> Conversation:
    """`by` has read up to `seq`; backwards, or beyond what there is, changes nothing. 404 if not `by`'s."""
    conversation = lock_own(conversation_id, by)
    before = conversation.last_read_by(by.pk)
    if not before < seq <= conversation.last_seq:
        return conversation
    now = database_now()
    side = conversation.side_of(by.pk)
    setattr(conversation, f"{side}_last_read_seq", seq)
    setattr(conversation, f"{side}_last_read_at", now)
    conversation.save(update_fields=[f"{side}_last_read_seq", f"{side}_last_read_at"])
    partner = conversation.partner_of(by.pk)
    newly_read = Message.objects.filter(conversation=conversation, seq__gt=before, seq__lte=seq)
    newly_read.filter(sender=partner).update(read_at=now)
    if not conversation.is_unread_by(by.pk):  # the notice speaks for all that came since the last reading
        mark_subject_read(by=by, subject=conversation.subject)
    _show(conversation, by, partner, seq, now)
    return conversation


def lock_own(conversation_id: int, by: User) -> Conversation:
    """Only the row itself: nobody's words or rights change, so the two people need no lock."""
    rows = Conversation.objects.visible_to(by).with_people().select_for_update(of=("self",), no_key=True)
    conversation: Conversation | None = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found()
    return conversation


def _show(conversation: Conversation, by: User, partner: User, seq: int, now: datetime) -> None:
    """To one's other tabs always, to the partner where both show receipts and may talk."""
    frame = {"type": "read", "conversation": conversation.pk, "user": by.username, "seq": seq}
    audience = [by.pk, partner.pk] if tells_of_reading(by, partner, now) else [by.pk]
    push(audience, frame, chat=True)
