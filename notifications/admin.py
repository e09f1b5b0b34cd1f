"""What was told to whom: to be read, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = ("created_at", "user", "category", "line", "read_at")
    list_filter = ("category", ("read_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "actor")
    search_fields = ("user__username", "subject")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
