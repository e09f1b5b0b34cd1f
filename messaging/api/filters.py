"""What the lists of chat can be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, NumberFilter

from messaging.models import (
    Conversation,
    ConversationEvent,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
)

LONGEST_SEARCH = 200


TRUE = "true"
TRUE_OR_FALSE = [(TRUE, _("yes")), ("false", _("no"))]


class SeqFilter(NumberFilter):  # type: ignore[misc]  # ships no types
    """A number of the log, or 0 for before the first."""

    field_class = forms.IntegerField


class ConversationFilter(FilterSet):  # type: ignore[misc]  # the same
    archived = ChoiceFilter(choices=TRUE_OR_FALSE, method="by_archived", help_text=_("put away by you"))
    unread = ChoiceFilter(
        choices=TRUE_OR_FALSE, method="by_unread", help_text=_("with something of the partner's to read")
    )
    q = CharFilter(
        method="by_words",
        max_length=LONGEST_SEARCH,
        help_text=_("said in it, or in the partner's username; in either case, no wildcards"),
    )

    class Meta:
        model = Conversation
        fields: list[str] = []

    def by_archived(self, rows: ConversationQuerySet, name: str, archived: str) -> Any:
        return rows.archived_by(self.request.user, archived == TRUE)

    def by_unread(self, rows: ConversationQuerySet, name: str, unread: str) -> Any:
        found = Conversation.objects.unread_by(self.request.user)
        return rows.filter(pk__in=found) if unread == TRUE else rows.exclude(pk__in=found)

    def by_words(self, rows: ConversationQuerySet, name: str, words: str) -> Any:
        return rows.saying(words, self.request.user)


class MessageFilter(FilterSet):  # type: ignore[misc]  # the same
    before = SeqFilter(field_name="seq", lookup_expr="lt", min_value=0, help_text=_("the oldest you have"))
    q = CharFilter(
        method="by_words",
        max_length=LONGEST_SEARCH,
        help_text=_("said in it, in either case, no wildcards"),
    )

    class Meta:
        model = Message
        fields: list[str] = []

    def by_words(self, rows: MessageQuerySet, name: str, words: str) -> Any:
        return rows.saying(words)


class EventFilter(FilterSet):  # type: ignore[misc]  # the same
    after = SeqFilter(field_name="seq", lookup_expr="gt", min_value=0, help_text=_("the last you have"))

    class Meta:
        model = ConversationEvent
        fields: list[str] = []
