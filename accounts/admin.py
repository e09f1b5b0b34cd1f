"""People, as those who run the site see them. Nothing is deleted here, and sanctions have their own place."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(ModelAdmin):  # type: ignore[misc]  # ships no types
    list_display = ("username", "email", "trust_tier", "country", "date_joined", "last_seen", "banned_at")
    list_filter = ("trust_tier", "is_active", "is_staff")
    search_fields = ("username", "email", "display_name")
    ordering = ("-date_joined",)
    fieldsets = (
        (None, {"fields": ("username", "email", "display_name", "country", "bio", "trust_tier")}),
        (_("Standing"), {"fields": ("restricted_until", "suspended_until", "banned_at", "deleted_at")}),
        (_("Dates"), {"fields": ("date_joined", "last_login", "last_seen")}),
        (_("Rights"), {"fields": ("is_staff", "is_superuser", "groups")}),
    )
    filter_horizontal = ("groups",)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights are given by superusers; everything else people change themselves, or a sanction does."""
        named = tuple(name for _title, section in self.fieldsets for name in section["fields"])
        rights = ("is_staff", "is_superuser", "groups") if request.user.is_superuser else ()
        return tuple(name for name in named if name not in rights)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
