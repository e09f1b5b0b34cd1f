"""Conversations with all that a program is told along with them, read for a whole page at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.models import User
from core.clock import database_now
from messaging.models import Conversation, Message
from messaging.standing import are_here, shows_receipts


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as its reader sees it.

    Where it is closed nothing of the partner is shown that could have changed since, whatever the
    reason: a block and a suspension look the same.
    """

    conversation: Conversation  # with its people, and `is_silenced`
    reader: User
    unread: int
    now: datetime

    @property
    def partner(self) -> User:
        return self.conversation.partner_of(self.reader.pk)

    @property
    def partner_name(self) -> str:
        return self.partner.name if self.is_open else self.partner.username

    @property
    def partner_tier(self) -> str | None:
        return self.partner.trust_tier if self.is_open else None

    @property
    def is_open(self) -> bool:
        """Whether the two may write to each other now."""
        silenced: bool = self.conversation.is_silenced  # type: ignore[attr-defined]  # of `with_silence()`
        return not silenced and are_here(self.reader, self.partner, self.now)

    @property
    def last_read(self) -> int:
        return self.conversation.last_read_by(self.reader.pk)

    @property
    def partner_last_read(self) -> int | None:
        if not (self.is_open and shows_receipts(self.reader, self.partner)):
            return None
        return self.conversation.last_read_by(self.partner.pk)

    @property
    def is_archived(self) -> bool:
        return self.conversation.is_archived_by(self.reader.pk)

    @property
    def is_muted(self) -> bool:
        return self.conversation.is_muted_by(self.reader.pk)


def talks_of(conversations: Sequence[Conversation], reader: User) -> list[Talk]:
    """Conversations of `with_people().with_silence()` as `reader` sees them; two queries."""
    ids = [conversation.pk for conversation in conversations]
    written = Message.objects.unread_by(reader).filter(conversation__in=ids).order_by()
    unread = dict(written.values_list("conversation").annotate(unread=Count("pk")))
    now = database_now()
    return [Talk(row, reader, unread.get(row.pk, 0), now) for row in conversations]
