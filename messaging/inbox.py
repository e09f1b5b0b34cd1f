"""One's conversations as their list shows them, and finding what was said in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from messaging.models import Conversation, ConversationQuerySet, Message
from messaging.talks import Talk, talks_of

MOST_FOUND = 30
EXCERPT = 70  # characters shown on either side of what was looked for


def conversations_of(reader: User) -> ConversationQuerySet:
    """Those of the list, with what a row shows."""
    listed: ConversationQuerySet = Conversation.objects.listed_for(reader).with_silence()
    return listed.with_people()


def count_unread(reader: User) -> int:
    """Conversations with something new to read; a muted one keeps quiet."""
    muted = Q(user_a=reader, a_muted=True) | Q(user_b=reader, b_muted=True)
    return int(Conversation.objects.unread_by(reader).exclude(muted).count())


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in its reader's list."""

    talk: Talk
    presence: str  # of messaging.presence.State

    def shows(self, words: str) -> bool:
        """Whether `words` are in a name that the reader sees: of who is silenced only the username."""
        names = (self.talk.partner.username, self.talk.partner_name)
        return any(words.casefold() in name.casefold() for name in names)

    @property
    def is_last_mine(self) -> bool:
        """Whether the preview is the reader's own words."""
        conversation, pk = self.talk.conversation, self.talk.reader.pk
        mine: int = getattr(conversation, f"{conversation.side_of(pk)}_last_sent_seq")
        theirs: int = getattr(conversation, f"{conversation.other_side_of(pk)}_last_sent_seq")
        return mine > theirs


def rows_of(
    conversations: Sequence[Conversation], reader: User, presence: Mapping[int, str] | None = None
) -> list[Row]:
    """Rows for `conversations_of`; `presence` by the partner's id."""
    talks, states = talks_of(conversations, reader), presence or {}
    return [Row(talk, states.get(talk.partner.pk, "")) for talk in talks]


@dataclass(frozen=True, slots=True)
class Found:
    """A message with the words that were looked for, and what stands around them."""

    message: Message
    partner: User
    before: str
    hit: str
    after: str


def find_messages(reader: User, words: str, conversation: Conversation | None = None) -> list[Found]:
    """The newest messages that hold `words`, in one conversation or in all of `reader`'s; one query."""
    rows = Message.objects.visible_to(reader).saying(words).exclude(sender=None)
    if conversation is not None:
        rows = rows.filter(conversation=conversation)
    found = rows.order_by("-pk")[:MOST_FOUND]
    people = found.select_related("sender", "conversation__user_a", "conversation__user_b")
    return [_found(message, reader, words) for message in people]


def _found(message: Message, reader: User, words: str) -> Found:
    text, partner = message.content, message.conversation.partner_of(reader.pk)
    start = text.lower().find(words.lower())
    if start < 0:  # the database folds some letters otherwise
        return Found(message, partner, text[: 2 * EXCERPT], "", "")
    end = start + len(words)
    return Found(
        message,
        partner,
        ("…" if start > EXCERPT else "") + text[max(0, start - EXCERPT) : start],
        text[start:end],
        text[end : end + EXCERPT] + ("…" if len(text) > end + EXCERPT else ""),
    )
