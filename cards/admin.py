"""Cards and lists, as those who run the site see them: to look things up, never to change them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from cards.models import Card, CurrentPrice, Holding, Want
from cards.search import LONGEST_QUERY, search_printings
from core.admin import ReadOnly


class _LookOnly(ReadOnly, ModelAdmin):  # type: ignore[misc]  # ships no types
    """Traders write their lists, imports the catalogue; everybody else reads."""

    show_full_result_count = False  # counting a million rows would take longer than finding one

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields]


class CurrentPrices(ReadOnly, TabularInline):  # type: ignore[misc]  # ships no types
    model = CurrentPrice
    extra = 0
    can_delete = False
    fields = readonly_fields = ("finish", "price", "source", "day")


@admin.register(Card)
class CardAdmin(_LookOnly):
    list_display = ("name", "set_code", "collector_number", "rarity", "released_at")
    search_fields = ("name",)
    search_help_text = _("name, set:xxx, #number, rarity:xxx")
    ordering = ("-id",)
    inlines = (CurrentPrices,)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """As traders search, typos forgiven; the best two hundred."""
        if not search_term.strip():
            return queryset, False
        found = search_printings(search_term[:LONGEST_QUERY], limit=200)
        return queryset.filter(pk__in=[card.pk for card in found]), False


@admin.register(Holding)
class HoldingAdmin(_LookOnly):
    list_display = ("owner", "card", "finish", "condition", "language", "quantity", "for_trade", "reserved")
    list_filter = ("is_hidden", "condition", "finish")
    search_fields = ("owner__username",)
    list_select_related = ("owner", "card")
    raw_id_fields = ("owner", "card")
    ordering = ("-id",)


@admin.register(Want)
class WantAdmin(_LookOnly):
    list_display = ("owner", "card", "oracle_id", "quantity", "least_condition", "finish", "max_price")
    search_fields = ("owner__username",)
    list_select_related = ("owner", "card")
    raw_id_fields = ("owner", "card")
    ordering = ("-id",)
