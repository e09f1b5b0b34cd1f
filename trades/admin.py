"""Trades as those who run the site see them: to be read, never changed, never deleted."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core.admin import ReadOnly
from trades.models import Dispute, Shipment, TradeEvent, TradeItem, TradeProposal


class ItemInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold ships no types
    model = TradeItem
    fields = (
        "side",
        "quantity",
        "card",
        "finish",
        "condition",
        "language",
        "variant",
        "unit_price",
        "price_as_of",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TradeItem]:
        items: QuerySet[TradeItem] = super().get_queryset(request)
        return items.select_related("card")


class EventInline(ReadOnly, TabularInline):  # type: ignore[misc]  # the same
    model = TradeEvent
    fields = ("created_at", "kind", "actor", "version", "payload")
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TradeEvent]:
        events: QuerySet[TradeEvent] = super().get_queryset(request)
        return events.select_related("actor")


class ShipmentInline(ReadOnly, TabularInline):  # type: ignore[misc]  # the same
    model = Shipment
    fields = ("sender", "sent_at", "paid_at", "carrier", "received_at", "delayed_at")


class DisputeInline(ReadOnly, TabularInline):  # type: ignore[misc]  # the same
    model = Dispute
    fk_name = "proposal"
    fields = ("opened_by", "status", "reason", "opened_at", "answered_at", "ended_at", "outcome")


@admin.register(TradeProposal)
class TradeProposalAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # the same
    list_display = ("id", "proposer", "recipient", "status", "worth", "counter_count", "sent_at", "closed_at")
    list_filter = ("status", "completion_method")
    list_select_related = ("proposer", "recipient")
    search_fields = ("=id", "proposer__username", "recipient__username")
    search_help_text = _("A number, or a username")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (ItemInline, EventInline, ShipmentInline, DisputeInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("proposer", "recipient"),
                    ("status", "version"),
                    "message",
                    "decline_reason",
                    "cancel_reason",
                )
            },
        ),
        (
            _("Values"),
            {
                "fields": (
                    ("proposer_offers_value", "proposer_adds_cash"),
                    ("proposer_wants_value", "recipient_adds_cash"),
                )
            },
        ),
        (_("Chain"), {"fields": (("first_proposal", "parent_proposal", "counter_count"),)}),
        (_("Handing over"), {"fields": (("completion_method", "sends_first"), "completion_notes")}),
        (
            _("Times"),
            {
                "fields": (
                    ("created_at", "sent_at", "viewed_at", "expires_at", "extended_at"),
                    ("responded_at", "accepted_at", "begun_at"),
                    ("proposer_confirmed_at", "recipient_confirmed_at", "completed_at", "closed_at"),
                )
            },
        ),
        (_("Cancellation"), {"fields": (("cancel_requested_by", "cancelled_by", "cancel_counts_against"),)}),
    )

    @admin.display(description=_("worth"))
    def worth(self, proposal: TradeProposal) -> str:
        return f"{proposal.proposer_total} / {proposal.recipient_total}"
