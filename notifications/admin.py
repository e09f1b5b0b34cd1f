"""What was told to whom: to be read, never changed."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from core.admin import ReadOnly
from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = ("created_at", "user", "category", "line", "read_at")
    list_filter = ("category", ("read_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "actor")
    search_fields = ("user__username", "subject")
    ordering = ("-id",)
    show_full_result_count = False
