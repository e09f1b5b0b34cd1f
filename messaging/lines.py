"""Messages with all that is shown along with them, read for a whole page at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import cached_property
from django.utils.html import escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from cards.models import Card
from core.clock import database_now
from messaging.mentions import Mention, cards_meant, mentions_in
from messaging.models import Attachment, Message, Revision
from messaging.scams import Lure, lures_in
from messaging.standing import tells_of_reading


@dataclass(frozen=True)
class Line:
    """One message as its reader sees it. Of a deleted one nothing is left but its place."""

    message: Message
    cards: Mapping[Mention, Card] = field(default_factory=dict)
    attached_card: Card | None = None
    shows_read: bool = False
    earlier: Sequence[Revision] = ()

    @property
    def revisions(self) -> Sequence[Revision]:
        """What it said before it was edited, the first first."""
        return () if self.is_deleted else self.earlier

    @property
    def is_deleted(self) -> bool:
        return self.message.deleted_at is not None

    @property
    def content(self) -> str:
        return "" if self.is_deleted else self.message.content

    @property
    def attachment(self) -> Attachment | None:
        kind = self.message.attachment_type
        return Attachment(kind) if kind and not self.is_deleted else None

    @property
    def mentioned(self) -> list[tuple[re.Match[str], Card]]:
        """Where the text names a card of our catalogue, in order."""
        named = mentions_in(self.content) if "[[" in self.content else []
        return [(match, self.cards[mention]) for match, mention in named if mention in self.cards]

    @cached_property
    def lures(self) -> list[Lure]:
        return lures_in(self.content)

    @property
    def html(self) -> SafeString:
        """The text with links to cards and to web addresses, and nothing else."""
        parts, end = [], 0
        for match, card in self.mentioned:
            parts.append(_plain(self.content[end : match.start()]))
            label = f"{card.name} ({card.set_code.upper()})" if match[2] else card.name
            parts.append(format_html('<a class="card-link" href="/cards/{}/">{}</a>', card.pk, label))
            end = match.end()
        parts.append(_plain(self.content[end:]))
        return mark_safe("".join(parts))


def _plain(text: str) -> str:
    """Escaped; web and mail addresses become links that give nothing away and gain nothing."""
    linked = str(urlize(escape(text), nofollow=True))
    return linked.replace('rel="nofollow"', 'rel="nofollow noopener noreferrer ugc"')


def lines_of(messages: Sequence[Message], reader: User | None) -> list[Line]:
    """`messages` of one conversation with sender and trade event at hand; five queries at most.

    `reader` None: for a frame to both, which knows of no receipts.
    """
    standing = [message for message in messages if message.deleted_at is None]
    meant = cards_meant(message.content for message in standing)
    attached = _attached_cards(standing)
    earlier = _revisions(standing)
    is_told = _is_told_of_reading(messages, reader)
    return [
        Line(
            message=message,
            cards=meant,
            attached_card=attached.get(message.attachment_id or 0) if _is_card(message) else None,
            shows_read=is_told and reader is not None and message.sender_id == reader.pk,
            earlier=earlier.get(message.pk, ()),
        )
        for message in messages
    ]


def _attached_cards(messages: Iterable[Message]) -> dict[int, Card]:
    ids = {message.attachment_id for message in messages if _is_card(message)}
    return Card.objects.in_bulk(ids) if ids else {}


def _is_card(message: Message) -> bool:
    return message.attachment_type == Attachment.CARD


def _revisions(messages: Iterable[Message]) -> Mapping[int, Sequence[Revision]]:
    """By the message's id; a query only where something was edited."""
    edited = [message.pk for message in messages if message.edited_at is not None]
    by_message: dict[int, list[Revision]] = {pk: [] for pk in edited}
    for revision in Revision.objects.filter(message__in=edited) if edited else ():
        by_message[revision.message_id].append(revision)
    return by_message


def _is_told_of_reading(messages: Sequence[Message], reader: User | None) -> bool:
    """Whether `reader` may know what the partner has read; asked only where something of theirs was."""
    if reader is None:
        return False
    own = (message for message in messages if message.sender_id == reader.pk and message.read_at)
    read = next(own, None)
    if read is None:
        return False
    return tells_of_reading(reader, read.conversation.partner_of(reader.pk), database_now())
