"""Scores as those who run the site see them: a cache of the facts, so there is nothing to change."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from core.admin import ReadOnly
from reputation.models import UserReputation


@admin.register(UserReputation)
class UserReputationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    list_display = (
        *("user", "reputation_tier", "reputation_score", "total_trades", "average_rating"),
        *("cancelled_trades", "disputes_lost", "blocks_received", "as_of"),
    )
    list_filter = ("reputation_tier",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-reputation_score", "user")
    show_full_result_count = False
