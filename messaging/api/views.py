"""The API of chat: read the body, call the verb, show the row. Every method asks for the scope `message`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.base import ApiListView, ApiView
from accounts.models import Scope
from accounts.reader import reader_of
from core.api.serializers import checked
from messaging import services
from messaging.api import serializers as bodies
from messaging.api.filters import ConversationFilter, EventFilter, MessageFilter
from messaging.documents import ConversationDocument, Entry, EventDocument, MessageDocument
from messaging.lines import lines_of
from messaging.models import Conversation, ConversationEvent, ConversationQuerySet, Message
from messaging.talks import talks_of

SCOPES = dict.fromkeys(("GET", "POST", "PATCH", "DELETE"), Scope.MESSAGE)
_HELLO = {"client_id": "7f3c-1", "content": "Is the [[Lightning Bolt|2X2]] still there?"}
_CARD = {"client_id": "7f3c-2", "content": "", "attachment_type": "card", "attachment_id": 7}


def _example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


class Conversations(ApiListView):
    """Your conversations, the one with the newest message first."""

    required_scopes = SCOPES
    serializer_class = ConversationDocument
    filterset_class = ConversationFilter
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"newest": ("-last_message_at", "-id")}

    def get(self, request: Request) -> Response:
        return self.list(request)

    def get_queryset(self) -> ConversationQuerySet:
        listed: ConversationQuerySet = Conversation.objects.listed_for(reader_of(self.request))
        return listed.with_people().with_silence()

    def parts(self) -> tuple[Q, Q]:
        me = self.request.user.pk
        return Q(user_a=me), Q(user_b=me)

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        return talks_of(super().paginate_queryset(queryset) or [], reader_of(self.request))

    @extend_schema(
        request=bodies.OpeningBody,
        responses={200: ConversationDocument, 201: ConversationDocument},
        examples=[_example("with bob", {"with": "bob"})],
    )
    def post(self, request: Request) -> Response:
        """The conversation with a trader: the one there is, or a new one."""
        body = checked(bodies.OpeningBody, request)
        conversation, is_new = services.open_conversation(username=body["with"], by=reader_of(request))
        response = _document(request, conversation.pk, 201 if is_new else 200)
        response["Location"] = reverse("api-conversation", args=[conversation.pk], request=request)
        return response


class ConversationDetail(ApiView):
    required_scopes = SCOPES

    @extend_schema(responses=ConversationDocument)
    def get(self, request: Request, pk: int) -> Response:
        """One conversation of yours."""
        return _document(request, pk)

    @extend_schema(
        request=bodies.SortingBody,
        responses=ConversationDocument,
        examples=[_example("put away", {"archived": True})],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Put it away or mute it, for you alone; a new line brings it back."""
        body = checked(bodies.SortingBody, request)
        services.sort_conversation(conversation_id=pk, by=reader_of(request), **body)
        return _document(request, pk)


class Messages(ApiListView):
    """The messages of a conversation, and the lines about its trades."""

    required_scopes = SCOPES
    serializer_class = MessageDocument
    filterset_class = MessageFilter
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"newest": ("-seq",)}

    def get(self, request: Request, pk: int) -> Response:
        """What was said, newest first; older ones come `before` the lowest number you have."""
        self.conversation = _conversation(request, pk)
        return self.list(request)

    def get_queryset(self) -> QuerySet[Message]:
        rows: QuerySet[Message] = Message.objects.filter(conversation=self.conversation).with_senders()
        return rows

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        rows = super().paginate_queryset(queryset) or []
        for row in rows:
            row.conversation = self.conversation
        return lines_of(rows, reader_of(self.request))

    @extend_schema(
        request=bodies.MessageBody,
        responses={200: MessageDocument, 201: MessageDocument},
        examples=[_example("text", _HELLO), _example("a card", _CARD)],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Write; the same `client_id` again answers 200 with what is stored, with another body 409."""
        body = checked(bodies.MessageBody, request)
        message, is_new = services.send_message(conversation_id=pk, by=reader_of(request), **body)
        return _message(request, message, 201 if is_new else 200)


class Events(ApiListView):
    """The log of a conversation: what happened, in numbers without gaps."""

    required_scopes = SCOPES
    serializer_class = EventDocument
    filterset_class = EventFilter
    orderings: ClassVar[Mapping[str, tuple[str, ...]]] = {"oldest": ("seq",)}

    def get(self, request: Request, pk: int) -> Response:
        """What happened `after` the last number you have: created, edited, deleted, trade."""
        self.conversation = _conversation(request, pk)
        return self.list(request)

    def get_queryset(self) -> QuerySet[ConversationEvent]:
        rows: QuerySet[ConversationEvent] = ConversationEvent.objects.filter(conversation=self.conversation)
        return rows.select_related("message__sender", "message__trade_event__actor")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        events = super().paginate_queryset(queryset) or []
        for event in events:
            event.message.conversation = self.conversation
        lines = lines_of([event.message for event in events], reader_of(self.request))
        return [Entry(event.seq, event.kind, line) for event, line in zip(events, lines, strict=True)]


class Reading(ApiView):
    required_scopes = SCOPES

    @extend_schema(
        request=bodies.ReadingBody, responses=ConversationDocument, examples=[_example("up to 7", {"seq": 7})]
    )
    def post(self, request: Request, pk: int) -> Response:
        """You have read up to a number; backwards, or beyond what there is, changes nothing."""
        body = checked(bodies.ReadingBody, request)
        services.mark_read(conversation_id=pk, by=reader_of(request), **body)
        return _document(request, pk)


class MessageDetail(ApiView):
    required_scopes = SCOPES

    @extend_schema(
        request=bodies.EditBody, responses=MessageDocument, examples=[_example("edit", {"content": "Yes!"})]
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Say it differently, within 15 minutes; what it said before stays to be seen."""
        body = checked(bodies.EditBody, request)
        return _message(request, services.edit_message(message_id=pk, by=reader_of(request), **body))

    @extend_schema(request=None, responses=MessageDocument)
    def delete(self, request: Request, pk: int) -> Response:
        """Take it back, at any time."""
        checked(bodies.NoBody, request)
        return _message(request, services.delete_message(message_id=pk, by=reader_of(request)))


def _conversation(request: Request, pk: int) -> Conversation:
    """A conversation of the reader's with its people; 404 for the unknown and the hidden."""
    rows = Conversation.objects.visible_to(request.user).with_people().with_silence()
    conversation: Conversation | None = rows.filter(pk=pk).first()
    if conversation is None:
        raise Http404
    return conversation


def _document(request: Request, pk: int, status: int = 200) -> Response:
    [talk] = talks_of([_conversation(request, pk)], reader_of(request))
    return Response(ConversationDocument(talk).data, status)


def _message(request: Request, message: Message, status: int = 200) -> Response:
    """A message that a verb returned, which has its people at hand."""
    [line] = lines_of([message], reader_of(request))
    return Response(MessageDocument(line).data, status)
