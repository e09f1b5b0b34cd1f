"""What programs are told of a conversation: the same in the API and in live frames."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.limits import Tier
from core.api.documents import Document
from core.api.fields import AwareDateTime
from messaging.lines import Line, lines_of
from messaging.models import Attachment, ConversationEventKind, Message
from messaging.scams import Lure
from messaging.talks import Talk
from trades.models import EventKind


class Attached(Document):
    """What hangs on a message; a photo is fetched from its `url`."""

    type = serializers.ChoiceField(choices=Attachment.choices)
    id = serializers.IntegerField()
    url = serializers.CharField()
    name = serializers.CharField(help_text=_("of a card; else empty"))


class MentionedCard(Document):
    text = serializers.CharField(help_text=_("as it stands in the message, brackets and all"))
    card = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()


class TradeNews(Document):
    kind = serializers.ChoiceField(choices=EventKind.choices)
    proposal = serializers.IntegerField()
    actor = serializers.CharField(allow_null=True, help_text=_("null: the clock or a moderator"))


class Earlier(Document):
    """What an edited message said before."""

    content = serializers.CharField()
    replaced_at = AwareDateTime()


class MessageDocument(Document):
    """One message, or a line about a trade. Of a deleted one the text and what hung on it are gone."""

    id = serializers.IntegerField(source="message.pk")
    conversation = serializers.IntegerField(source="message.conversation_id")
    seq = serializers.IntegerField(source="message.seq")
    sender = serializers.SerializerMethodField(help_text=_("null: a line about a trade"))
    client_id = serializers.CharField(source="message.client_id", allow_null=True)
    content = serializers.CharField()
    attachment = serializers.SerializerMethodField()
    mentions = serializers.SerializerMethodField(help_text=_("the cards that `[[Name]]` in it stands for"))
    warnings = serializers.SerializerMethodField(help_text=_("what leads off the site; for the reader"))
    revisions = Earlier(many=True, help_text=_("the first first"))
    trade = serializers.SerializerMethodField(help_text=_("what a line without a sender tells"))
    created_at = AwareDateTime(source="message.created_at")
    edited_at = AwareDateTime(source="message.edited_at", allow_null=True)
    deleted_at = AwareDateTime(source="message.deleted_at", allow_null=True)
    read_at = serializers.SerializerMethodField(
        help_text=_("to its sender, where both show receipts; null in frames")
    )

    def get_sender(self, line: Line) -> str | None:
        return line.message.sender.username if line.message.sender else None

    @extend_schema_field(Attached(allow_null=True))
    def get_attachment(self, line: Line) -> dict[str, Any] | None:
        if line.attachment is None or line.message.attachment_id is None:
            return None
        name = line.attached_card.name if line.attached_card else ""
        return attached(line.attachment, line.message.attachment_id, name)

    @extend_schema_field(MentionedCard(many=True))
    def get_mentions(self, line: Line) -> list[dict[str, Any]]:
        return [
            {"text": match[0], "card": card.pk, "name": card.name, "url": f"/cards/{card.pk}/"}
            for match, card in line.mentioned
        ]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Lure.choices)))
    def get_warnings(self, line: Line) -> list[str]:
        return [lure.value for lure in line.lures]

    @extend_schema_field(TradeNews(allow_null=True))
    def get_trade(self, line: Line) -> dict[str, Any] | None:
        event = line.message.trade_event
        if event is None:
            return None
        actor = event.actor.username if event.actor else None
        return {"kind": event.kind, "proposal": event.proposal_id, "actor": actor}

    @extend_schema_field(AwareDateTime(allow_null=True))
    def get_read_at(self, line: Line) -> str | None:
        return _text_of(line.message.read_at) if line.shows_read and line.message.read_at else None


class Entry(NamedTuple):
    """An event with its message as its reader sees it."""

    seq: int
    kind: str
    message: Line


class EventDocument(Document):
    """One entry of the log. The message is told as it is now, whatever the event was."""

    conversation = serializers.IntegerField(source="message.message.conversation_id")
    seq = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ConversationEventKind.choices)
    client_id = serializers.CharField(source="message.message.client_id", allow_null=True)
    message = MessageDocument()


class Partner(Document):
    """Where the conversation is closed, only the username: the rest could tell why."""

    username = serializers.CharField(source="partner.username")
    name = serializers.CharField(source="partner_name")
    tier = serializers.ChoiceField(choices=Tier.choices, source="partner_tier", allow_null=True)


class ConversationDocument(Document):
    """Your conversation with one other trader."""

    id = serializers.IntegerField(source="conversation.pk")
    partner = serializers.SerializerMethodField()
    trade_proposal = serializers.IntegerField(
        source="conversation.trade_proposal_id", allow_null=True, help_text=_("the latest that was told of")
    )
    last_seq = serializers.IntegerField(source="conversation.last_seq")
    last_message_at = AwareDateTime(source="conversation.last_message_at")
    preview = serializers.CharField(source="conversation.preview")
    unread = serializers.IntegerField(help_text=_("the partner's messages above `last_read_seq`"))
    last_read_seq = serializers.IntegerField(source="last_read")
    partner_last_read_seq = serializers.IntegerField(
        source="partner_last_read", allow_null=True, help_text=_("null unless both of you show receipts")
    )
    archived = serializers.BooleanField(source="is_archived")
    muted = serializers.BooleanField(source="is_muted")
    is_open = serializers.BooleanField(help_text=_("whether new messages are taken"))

    @extend_schema_field(Partner)
    def get_partner(self, talk: Talk) -> dict[str, Any]:
        return self._part(Partner).to_representation(talk)


_ADDRESSES = {
    Attachment.CARD: "/cards/{}/",
    Attachment.TRADE: "/trades/{}/",
    Attachment.IMAGE: "/api/v1/uploads/{}/",
}


def attached(kind: Attachment, pk: int, name: str = "") -> dict[str, Any]:
    return {"type": kind.value, "id": pk, "url": _ADDRESSES[kind].format(pk), "name": name}


def frame_of(seq: int, kind: ConversationEventKind, message: Message) -> dict[str, Any]:
    """The live frame of one entry of the log: the same to both."""
    [line] = lines_of([message], None)
    return _frame(_EVENT.to_representation(Entry(seq, kind.value, line)))


def trade_frame(
    message_id: int,
    conversation_id: int,
    seq: int,
    kind: str,
    proposal_id: int,
    actor: str | None,
    created_at: datetime,
) -> dict[str, Any]:
    """The frame of a line about a trade, without a model for each of thousands."""
    message: dict[str, Any] = {
        "id": message_id,
        "conversation": conversation_id,
        "seq": seq,
        "sender": None,
        "client_id": None,
        "content": "",
        "attachment": attached(Attachment.TRADE, proposal_id),
        "mentions": [],
        "warnings": [],
        "revisions": [],
        "trade": {"kind": kind, "proposal": proposal_id, "actor": actor},
        "created_at": _text_of(created_at),
        "edited_at": None,
        "deleted_at": None,
        "read_at": None,
    }
    head = {"conversation": conversation_id, "seq": seq, "kind": ConversationEventKind.TRADE.value}
    return _frame({**head, "client_id": None, "message": message})


def _frame(event: dict[str, Any]) -> dict[str, Any]:
    return {"type": "event", **event}


_EVENT, _MOMENT = EventDocument(), AwareDateTime()


@lru_cache(maxsize=1)  # the lines of a batch are of one moment
def _text_of(moment: datetime) -> str:
    text: str = _MOMENT.to_representation(moment)
    return text
