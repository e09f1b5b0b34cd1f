"""Scores as those who run the site see them: a cache of the facts, so there is nothing to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from reputation.models import UserReputation


@admin.register(UserReputation)
class UserReputationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = (
        *("user", "reputation_tier", "reputation_score", "total_trades", "average_rating"),
        *("cancelled_trades", "disputes_lost", "blocks_received", "as_of"),
    )
    list_filter = ("reputation_tier",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-reputation_score", "user")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
