"""A conversation as a page shows it: its lines with what stands around and hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils.text import get_text_list
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import database_clock
from messaging.lines import Line, lines_of
from messaging.models import Attachment, Conversation, ConversationEvent, Message, MessageQuerySet
from trades.models import EventKind, TradeProposal
from trades.timeline import Entry, entries_of
from trades.views.lists import TradeRow, rows_of
from uploads.models import Upload

PAGE = 50  # messages
AROUND = 20  # newer ones shown with one that somebody looked up
MOST_EVENTS = 200  # of the log at once
CLOSE = timedelta(minutes=5)  # what somebody says in one breath stands together


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the log as its reader sees it."""

    line: Line
    reader: User
    day: date | None  # where a new one begins
    is_grouped: bool
    entry: Entry | None  # what a line about a trade tells
    offer: TradeRow | None  # the trade that hangs on it, or that it is about
    photo: Upload | None

    @property
    def message(self) -> Message:
        return self.line.message

    @property
    def is_mine(self) -> bool:
        return self.message.sender_id == self.reader.pk

    @property
    def is_read(self) -> bool:
        return self.line.shows_read and self.message.read_at is not None

    @property
    def lure_words(self) -> str:
        """What leads off the site, in words: `a phone number and a link to another site`."""
        return str(get_text_list([str(lure.label) for lure in self.line.lures], _("and")))

    @property
    def shows_offer(self) -> bool:
        """As a card; of other news about a trade a sentence is enough."""
        return self.offer is not None and (self.entry is None or self.entry.opens_offer)


@dataclass(frozen=True, slots=True)
class Thread:
    """A stretch of a conversation, oldest first."""

    said: list[Said]
    older: int | None = None  # what comes before it is asked for by this number
    has_newer: bool = False


def newest(conversation: Conversation, reader: User, *, before: int | None = None) -> Thread:
    """The last lines, or the last ones below `before`."""
    rows = _rows(conversation)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return _thread(conversation, reader, list(rows.order_by("-seq")[: PAGE + 1]), PAGE)


def around(conversation: Conversation, reader: User, seq: int) -> Thread:
    """The line `seq` with what was said before and a little of what came after."""
    rows = _rows(conversation)
    later = list(rows.filter(seq__gt=seq).order_by("seq")[: AROUND + 1])
    earlier = list(rows.filter(seq__lte=seq).order_by("-seq")[: PAGE - AROUND + 1])
    return _thread(conversation, reader, earlier, PAGE - AROUND, later)


def _thread(
    conversation: Conversation, reader: User, earlier: list[Message], size: int, later: Sequence[Message] = ()
) -> Thread:
    """`earlier` newest first, one more than `size` where there is more; `later` oldest first, likewise."""
    shown = [*earlier[:size][::-1], *later[:AROUND]]
    older = shown[0].seq if len(earlier) > size else None
    return Thread(said_of(shown, conversation, reader), older, len(later) > AROUND)


@dataclass(frozen=True, slots=True)
class News:
    """What happened above a number: the lines as they are now, new ones and changed ones."""

    said: list[Said]
    head: int  # the number up to which this tells
    has_more: bool


def news_since(conversation: Conversation, reader: User, after: int) -> News:
    """At most `MOST_EVENTS` of the log; who asks again with `head` misses nothing."""
    log = ConversationEvent.objects.filter(conversation=conversation, seq__gt=after)
    events = list(log.order_by("seq").values_list("seq", "message")[:MOST_EVENTS])
    if not events:
        return News([], after, False)
    rows = list(_rows(conversation).filter(pk__in={message for _seq, message in events}))
    rows += _cards_of_offers_in(rows, conversation)
    said = said_of(sorted(rows, key=lambda row: row.seq), conversation, reader)
    return News(said, events[-1][0], len(events) == MOST_EVENTS)


def _cards_of_offers_in(news: Sequence[Message], conversation: Conversation) -> list[Message]:
    """The other lines that show a trade which `news` tells of, or the offer it answers: they changed."""
    told = [row.trade_event.proposal_id for row in news if row.trade_event is not None]
    if not told:
        return []
    answered = TradeProposal.objects.filter(pk__in=told).values("parent_proposal")
    about = Q(attachment_id__in=told) | Q(attachment_id__in=answered)
    shows_card = Q(trade_event=None) | Q(trade_event__kind=EventKind.SENT)
    rows = _rows(conversation).filter(about, shows_card, attachment_type=Attachment.TRADE)
    return list(rows.exclude(pk__in=[row.pk for row in news]))


def _rows(conversation: Conversation) -> MessageQuerySet:
    """Messages that know who spoke before them and when, wherever they are shown."""
    before = Message.objects.filter(conversation=OuterRef("conversation"), seq__lt=OuterRef("seq"))
    before = before.order_by("-seq")
    rows: MessageQuerySet = Message.objects.filter(conversation=conversation).select_related("trade_event")
    return rows.annotate(
        before_sender=Subquery(before.values("sender")[:1]),
        before_at=Subquery(before.values("created_at")[:1]),
    )


def said_of(rows: Sequence[Message], conversation: Conversation, reader: User) -> list[Said]:
    """`rows` of `_rows`; six queries at most, however many there are."""
    people = {user.pk: user for user in (conversation.user_a, conversation.user_b)}
    for row in rows:
        row.conversation = conversation
        row.sender = people[row.sender_id] if row.sender_id else None
    offers = _offers_on(rows, reader)
    entries = _entries(rows, offers, reader, conversation.partner_of(reader.pk))
    photos = Upload.objects.in_bulk(_attached(rows, Attachment.IMAGE))
    return [_said(line, reader, offers, entries, photos) for line in lines_of(rows, reader)]


def _said(
    line: Line,
    reader: User,
    offers: Mapping[int, TradeRow],
    entries: Mapping[int, Entry],
    photos: Mapping[int, Upload],
) -> Said:
    message: Any = line.message
    pk = message.attachment_id or 0
    return Said(
        line=line,
        reader=reader,
        day=_day_begun(message.created_at, message.before_at),
        is_grouped=_is_grouped(message),
        entry=entries.get(message.trade_event_id or 0),
        offer=offers.get(pk) if line.attachment == Attachment.TRADE else None,
        photo=photos.get(pk) if line.attachment == Attachment.IMAGE else None,
    )


def _day_begun(at: datetime, before: datetime | None) -> date | None:
    day = localdate(at)
    return day if before is None or localdate(before) != day else None


def _is_grouped(message: Any) -> bool:
    if message.sender_id is None or message.before_sender != message.sender_id:
        return False
    gap = message.created_at - message.before_at
    return bool(gap < CLOSE) and localdate(message.created_at) == localdate(message.before_at)


def _attached(rows: Iterable[Message], kind: Attachment) -> set[int]:
    standing = [row for row in rows if row.deleted_at is None and row.attachment_type == kind]
    return {row.attachment_id for row in standing if row.attachment_id is not None}


def _offers_on(rows: Sequence[Message], reader: User) -> dict[int, TradeRow]:
    return offers_by_id(_attached(rows, Attachment.TRADE), reader)


def offers_by_id(ids: Collection[int], reader: User) -> dict[int, TradeRow]:
    """Trades as their lists show them, by id; three queries."""
    if not ids:
        return {}
    found = TradeProposal.objects.visible_to(reader).filter(pk__in=ids)
    trades = found.with_people().select_related("dispute").annotate(now=database_clock())
    return {row.proposal.pk: row for row in rows_of(list(trades.prefetch_related("shipments")), reader)}


def _entries(
    rows: Sequence[Message], offers: Mapping[int, TradeRow], reader: User, partner: User
) -> dict[int, Entry]:
    events = [row.trade_event for row in rows if row.trade_event is not None]
    known = [event for event in events if event.proposal_id in offers]
    proposals = [offer.proposal for offer in offers.values()]
    return {entry.event.pk: entry for entry in entries_of(known, proposals, reader, partner)}


def first_unread(said: Sequence[Said], conversation: Conversation, reader: User) -> int | None:
    """The number of the first line by the partner that `reader` has not read."""
    read = conversation.last_read_by(reader.pk)
    theirs = (line.message.seq for line in said if line.message.sender_id and not line.is_mine)
    return next((seq for seq in theirs if seq > read), None)
