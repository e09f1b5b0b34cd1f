"""Publishers, sources and calls for those who run the site: entered by the services, never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from core.admin import ReadOnly
from core.errors import DomainError, Fault
from core.forms import Refusable
from signals_bridge.models import Publisher, Recommendation, RecommendationAction, Source
from signals_bridge.services import (
    give_source,
    import_signals,
    register_publisher,
    register_source,
    withdraw_publisher,
)

ENTERED = (
    *("source", "external_id", "card", "finish", "action", "price_at_issue", "target_price"),
    *("confidence", "rationale", "issued_at", "valid_until"),
)


class ServiceForm(Refusable, forms.ModelForm):  # type: ignore[type-arg]
    """A form whose row is written by a service as the last step of checking it: a refusal is its error."""

    def write(self) -> Any:
        """The row, written."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        """Django's hook for what the model has to say; here the service says it."""
        if self.errors:
            return
        try:
            self.instance = self.write()
        except DomainError as error:
            self.refuse(error)

    def field_of(self, fault: Fault) -> str | None:
        name = fault.pointer.rpartition("/")[2]
        return "price_at_issue" if name == "price" else name

    def save(self, commit: bool = True) -> Any:
        return self.instance

    def save_m2m(self) -> None:
        """There is none."""


class _NeverDeleted(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form's service has written it."""


class PublisherForm(ServiceForm):
    def write(self) -> Publisher:
        user = self.instance.user if self.instance.pk else self.cleaned_data["user"]
        if self.cleaned_data.get("may_import", True):  # a new one is made so that it may
            return register_publisher(user=user)
        withdraw_publisher(user=user)
        return Publisher.objects.get(user=user)  # type: ignore[no-any-return]


@admin.register(Publisher)
class PublisherAdmin(_NeverDeleted):
    form = PublisherForm
    fields = ("user", "may_import")
    raw_id_fields = ("user",)
    list_display = ("user", "may_import", "created_at")
    list_filter = ("may_import",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("user__username",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Who a publisher is, stays."""
        return ("user",) if obj else ("may_import",)


class SourceForm(ServiceForm):
    def write(self) -> Source:
        publisher = self.cleaned_data["publisher"]
        if not self.instance.pk:
            return register_source(name=self.cleaned_data["name"], publisher=publisher)
        return give_source(source=self.instance, publisher=publisher)


@admin.register(Source)
class SourceAdmin(_NeverDeleted):
    form = SourceForm
    fields = ("name", "publisher")
    autocomplete_fields = ("publisher",)
    list_display = ("name", "publisher", "is_personal", "created_at")
    list_filter = ("is_personal",)
    list_select_related = ("publisher__user",)
    search_fields = ("name", "publisher__user__username")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A source can be given to somebody once; whose it is then, it stays."""
        return super().has_change_permission(request, obj) and not (obj and obj.publisher_id)


class SignalForm(ServiceForm):
    def write(self) -> Recommendation:
        said = self.cleaned_data
        row = {name: said[name] for name in ("external_id", "finish", "action", "target_price", "rationale")}
        row |= {"card": said["card"].pk, "price": said["price_at_issue"], "confidence": said["confidence"]}
        row |= {name: said[name].isoformat() for name in ("issued_at", "valid_until")}
        source = said["source"]
        import_signals(source=source.name, rows=[(0, row)], by=None)
        return Recommendation.objects.get(source=source, external_id=row["external_id"])


@admin.register(Recommendation)
class RecommendationAdmin(_NeverDeleted):
    """What a call says never changes: one can be added, and looked at."""

    form = SignalForm
    list_display = ("id", "source", "action", "card", "finish", "price_at_issue", "target_price", "status")
    list_filter = ("status", "action")
    list_select_related = ("source__publisher__user", "card")
    search_fields = ("=id", "=external_id", "=source__name", "card__search_name")
    search_help_text = _("A number, the source's id, a source, or a card")
    raw_id_fields = ("card",)
    ordering = ("-id",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else ENTERED

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "source":
            options["queryset"] = Source.objects.filter(is_personal=False)
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(RecommendationAction)
class RecommendationActionAdmin(ReadOnly, _NeverDeleted):
    list_display = (
        *("user", "recommendation", "tracking", "acted_at", "entry_price", "exclusion"),
        *("user_profit_pct", "is_profitable"),
    )
    list_filter = ("tracking", "exclusion", "is_profitable")
    list_select_related = ("user", "recommendation")
    search_fields = ("user__username", "=recommendation__id")
    ordering = ("-id",)
