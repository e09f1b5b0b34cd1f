"""What programs are told of a conversation: the same in the API and in live frames."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.documents import Document
from core.api.fields import AwareDateTime
from messaging.lines import Line, lines_of
from messaging.models import Attachment, Conversation, ConversationEvent, ConversationEventKind
from trades.models import EventKind


class Attached(Document):
    """What hangs on a message."""

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
    trade = serializers.SerializerMethodField(help_text=_("what a line without a sender tells"))
    created_at = AwareDateTime(source="message.created_at")
    edited_at = AwareDateTime(source="message.edited_at", allow_null=True)
    deleted_at = AwareDateTime(source="message.deleted_at", allow_null=True)
    read_at = serializers.SerializerMethodField(
        help_text=_("to its sender, where both show receipts; null in frames")
    )

    def get_sender(self, line: Line) -> str | None:
        return line.message.sender.username if line.message.sender else None

    def get_attachment(self, line: Line) -> dict[str, Any] | None:
        if line.attachment is None or line.message.attachment_id is None:
            return None
        name = line.attached_card.name if line.attached_card else ""
        return attached(line.attachment, line.message.attachment_id, name)

    def get_mentions(self, line: Line) -> list[dict[str, Any]]:
        return [
            {"text": match[0], "card": card.pk, "name": card.name, "url": f"/cards/{card.pk}/"}
            for match, card in line.mentioned
        ]

    def get_warnings(self, line: Line) -> list[str]:
        return [lure.value for lure in line.lures]

    def get_trade(self, line: Line) -> dict[str, Any] | None:
        event = line.message.trade_event
        if event is None:
            return None
        actor = event.actor.username if event.actor else None
        return {"kind": event.kind, "proposal": event.proposal_id, "actor": actor}

    def get_read_at(self, line: Line) -> str | None:
        moment = line.message.read_at if line.shows_read else None
        return moment.isoformat() if moment else None


_ADDRESSES = {
    Attachment.CARD: "/cards/{}/",
    Attachment.TRADE: "/trades/{}/",
    Attachment.IMAGE: "/api/v1/uploads/{}/",
}


def attached(kind: Attachment, pk: int, name: str = "") -> dict[str, Any]:
    return {"type": kind.value, "id": pk, "url": _ADDRESSES[kind].format(pk), "name": name}


def frame_of(event: ConversationEvent, conversation: Conversation) -> dict[str, Any]:
    """The live frame of one event."""
    [line] = lines_of([event.message], None)
    return _frame(conversation.pk, event.seq, event.kind, MessageDocument(line).data)


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
        "trade": {"kind": kind, "proposal": proposal_id, "actor": actor},
        "created_at": created_at,
        "edited_at": None,
        "deleted_at": None,
        "read_at": None,
    }
    return _frame(conversation_id, seq, ConversationEventKind.TRADE, message)


def _frame(conversation_id: int, seq: int, kind: str, message: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "event",
        "conversation": conversation_id,
        "seq": seq,
        "kind": kind,
        "client_id": message["client_id"],
        "message": message,
    }
