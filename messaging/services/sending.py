"""Writing a message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from cards.models import Card
from core.errors import Fault
from core.rates import Rate, take
from core.text import is_invisible, is_storable
from messaging.errors import MessagingError, closed
from messaging.models import (
    LONGEST_CLIENT_ID,
    LONGEST_CONTENT,
    PREVIEW,
    Attachment,
    ConversationEventKind,
    Message,
)
from messaging.presence import is_looking
from messaging.services.locks import Locked, lock_conversation
from messaging.services.log import publish, write
from messaging.standing import may_send_photos
from notifications.models import Category
from notifications.services import Notice, notify
from trades.models import TradeProposal
from uploads.errors import UploadError
from uploads.services import use_photo

PHOTO_USE = "chat"  # in uploads.Upload.use
_CLIENT_ID = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_CLIENT_ID}}}\Z")


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a message: a card, a trade of the two, or an upload of the sender's, by id."""

    type: Attachment
    id: int


@transaction.atomic
def send_message(
    *, conversation_id: int, by: User, client_id: str, content: str = "", attached: Attached | None = None
) -> tuple[Message, bool]:
    """The message under its number, and whether it is new: the same `client_id` again returns the first.

    Raises MessagingError: 400 nothing to see, too long, or an attachment that `by` cannot attach;
    403 `conversation_closed`, `email_not_verified` or `photos_locked`; 404 not `by`'s conversation;
    409 the `client_id` was used for another message; 429 too many.
    """
    _check_client_id(client_id)
    content = checked_content(content, may_be_empty=attached is not None)
    locked = lock_conversation(conversation_id, by, client_id)
    if locked.sent_id is not None:
        return _sent_before(locked.sent_id, locked, content, attached), False
    _check_sender(locked)
    if attached is not None:
        _attach(attached, locked.by, locked.partner)
    message = write(
        locked.conversation,
        locked.by,
        preview_of(content, attached),
        client_id=client_id,
        content=content,
        attachment_type=attached.type.value if attached else "",
        attachment_id=attached.id if attached else None,
    )
    _tell(locked)
    publish(message.seq, ConversationEventKind.CREATED, message)
    return message, True


def _check_client_id(client_id: str) -> None:
    if not _CLIENT_ID.match(client_id):
        raise _refused("/client_id", "invalid", _("1 to 64 printable ASCII characters without spaces."))


def checked_content(content: str, *, may_be_empty: bool) -> str:
    """`content`, or "" if it shows nothing; MessagingError 400 for what cannot be a message."""
    if not is_storable(content):
        raise _refused("/content", "invalid", _("This text has characters that cannot be stored."))
    if len(content) > LONGEST_CONTENT:
        raise _refused("/content", "max_length", _("A message has at most 4,000 characters."))
    if not is_invisible(content):
        return content
    if not may_be_empty:
        raise _refused("/content", "blank", _("Write something first."))
    return ""


def _refused(pointer: str, code: str, detail: str) -> MessagingError:
    return MessagingError("invalid", detail, 400, [Fault(pointer, code, detail)])


def _sent_before(message_id: int, locked: Locked, content: str, attached: Attached | None) -> Message:
    """The message already sent, if it is this one."""
    sent: Message = Message.objects.get(pk=message_id)
    first = sent.revisions.first()
    asked = (
        locked.conversation.pk,
        content,
        attached.type.value if attached else "",
        attached and attached.id,
    )
    was = (sent.conversation_id, first.content if first else sent.content, sent.attachment_type)
    if asked != (*was, sent.attachment_id):
        raise MessagingError("client_id_reused", _("This client_id was used for another message."))
    sent.conversation, sent.sender = locked.conversation, locked.by
    return sent


def _check_sender(locked: Locked) -> None:
    if not locked.is_open:
        raise closed()
    if not locked.is_verified:
        raise MessagingError("email_not_verified", _("Confirm your e-mail address first."), 403)
    count_one(locked.by)


def count_one(sender: User) -> None:
    """One more thing that the partner is told of; MessagingError 429 where it is one too many."""
    rate = Rate("messages", settings.MESSAGES_PER_MINUTE, 60)
    allowance = take(rate, str(sender.pk))
    if not allowance.allowed:
        raise MessagingError(
            "too_many_messages",
            _("At most %(calls)s messages a minute.") % {"calls": rate.calls},
            429,
            retry_after=max(1, allowance.reset),
        )


def _attach(attached: Attached, sender: User, partner: User) -> None:
    """Check that `sender` may show this to `partner`; a photo is used once."""
    match attached.type:
        case Attachment.CARD:
            is_known = Card.objects.filter(pk=attached.id).exists()
        case Attachment.TRADE:
            between = TradeProposal.objects.between(sender.pk, partner.pk).filter(sent_at__isnull=False)
            is_known = between.filter(pk=attached.id).exists()
        case Attachment.IMAGE:
            if not may_send_photos(sender, partner):
                raise MessagingError(
                    "photos_locked", _("Photos outside a live trade come with the bronze tier."), 403
                )
            is_known = _is_taken(attached.id, sender)
    if not is_known:
        raise _refused("/attachment_id", "unknown", _("There is nothing of this kind that you could show."))


def _is_taken(upload_id: int, sender: User) -> bool:
    """Whether the photo is the sender's, who has used it for this message from now on."""
    try:
        use_photo(upload_id=upload_id, by=sender, use=PHOTO_USE)
    except UploadError as error:
        if error.status == 404:
            return False
        faults = [Fault("/attachment_id", error.code, error.detail)]
        raise MessagingError(error.code, error.detail, error.status, faults) from error
    return True


_IN_PLACE_OF_TEXT = {
    Attachment.CARD: gettext_noop("a card"),
    Attachment.TRADE: gettext_noop("a trade"),
    Attachment.IMAGE: gettext_noop("a photo"),
}


def preview_of(content: str, attached: Attached | None) -> str:
    """One line for the list of conversations; what is only attached is named by its untranslated kind."""
    line = " ".join(content.split())[:PREVIEW]
    return line or (_IN_PLACE_OF_TEXT[attached.type] if attached else "")


def _tell(locked: Locked) -> None:
    """One notice until it is read, however many messages come."""
    conversation, partner = locked.conversation, locked.partner
    if locked.is_told or conversation.is_muted_by(partner.pk):
        return
    if is_looking(partner.pk, conversation.pk):
        return
    notify(
        [
            Notice(
                user_id=partner.pk,
                category=Category.MESSAGES,
                kind="message_received",
                text=gettext_noop("{actor} wrote to you."),
                url=conversation.get_absolute_url(),
                key=locked.notice_key,
                subject=conversation.subject,
                actor_id=locked.by.pk,
            )
        ]
    )
