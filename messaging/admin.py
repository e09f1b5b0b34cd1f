"""Chat as moderators read it, with what was edited and deleted: to be read, never changed, never deleted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.admin import ReadOnly
from messaging.models import Conversation, Message

SHOWN = 200  # of the newest messages


class MessageInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold ships no types
    """The newest messages; a deleted one keeps its text here, an edited one what it said before."""

    model = Message
    fields = readonly_fields = ("seq", "sender", "text", "before", "attached", "state", "created_at")
    ordering = ("-seq",)
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        rows: QuerySet[Message] = super().get_queryset(request)
        newest = Message.objects.filter(conversation=request.resolver_match.kwargs["object_id"])  # type: ignore[union-attr]
        rows = rows.filter(pk__in=newest.order_by("-seq").values("pk")[:SHOWN])
        return rows.select_related("sender", "trade_event").prefetch_related("revisions")

    @admin.display(description=_("text"))
    def text(self, message: Message) -> str:
        event = message.trade_event
        return f"[{event.get_kind_display()}]" if event is not None else message.content

    @admin.display(description=_("before"))
    def before(self, message: Message) -> str:
        return " → ".join(revision.content for revision in message.revisions.all())

    @admin.display(description=_("attached"))
    def attached(self, message: Message) -> str:
        if message.attachment_id is None:
            return ""
        return f"{message.get_attachment_type_display()} {message.attachment_id}"

    @admin.display(description=_("state"))
    def state(self, message: Message) -> str:
        if message.deleted_at is not None:
            return str(_("deleted"))
        return str(_("edited")) if message.edited_at is not None else ""


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = ("id", "user_a", "user_b", "last_seq", "last_message_at")
    list_select_related = ("user_a", "user_b")
    search_fields = ("=id", "user_a__username", "user_b__username")
    search_help_text = _("A number, or a username")
    ordering = ("-last_message_at", "-id")
    show_full_result_count = False
    inlines = (MessageInline,)
    fieldsets = (
        (None, {"fields": (("user_a", "user_b"), ("opened_by", "created_at"), "trade_proposal")}),
        (_("State"), {"fields": (("last_seq", "last_message_at"), ("a_last_read_seq", "b_last_read_seq"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Not one's own: what the partner took back is gone for a moderator too."""
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.exclude(pk__in=Conversation.objects.visible_to(request.user))
