"""The moderators' desk: each act goes through a service, with a reason, and leaves a row for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.reader import reader_of
from core.admin import ReadOnly
from core.errors import DomainError
from core.pages import see_other
from moderation.models import LONGEST_REASON, ModerationAction
from moderation.services import HIDES_REVIEWS, hide_review, unhide_review
from reputation.models import TradeReview
from reputation.rings import find_rings


class _Desk(ReadOnly):
    """Changed by the acts below only, which take a right of their own."""

    def has_moderate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A method and not the right's name: unfold looks names up in the database before it is migrated."""
        return reader_of(request).has_perm(HIDES_REVIEWS)


class ReasonForm(BaseDialogForm):  # type: ignore[misc]  # unfold ships no types
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The author reads this."),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


def _dialog(title: Any, submit: Any) -> dict[str, Any]:
    description = _("It leaves or enters every figure by recomputation, and the author is told.")
    return {
        "title": title,
        "description": description,
        "form_class": ReasonForm,
        "form_submit_text": submit,
    }


@admin.register(TradeReview)
class TradeReviewAdmin(_Desk, ModelAdmin):  # type: ignore[misc]  # the same
    """Open reviews only: nobody, whatever their rights, learns here who has written under seal."""

    list_display = ("id", "trade", "reviewer", "reviewee", "overall_rating", "comment", "is_hidden")
    list_filter = ("is_hidden", "overall_rating")
    list_select_related = ("trade", "reviewer", "reviewee")
    search_fields = ("=id", "=trade__proposal__id", "reviewer__username", "reviewee__username")
    search_help_text = _("A number, or a username")
    ordering = ("-id",)
    show_full_result_count = False
    exclude = ("salt",)
    actions_detail = ("hide", "bring_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TradeReview]:
        open_ones: QuerySet[TradeReview] = super().get_queryset(request).revealed()
        return open_ones

    @action(  # type: ignore[untyped-decorator]  # the same
        description=_("Hide"),
        permissions=["moderate"],
        dialog=_dialog(_("Hide this review"), _("Hide")),
    )
    def hide(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _act(request, hide_review, object_id, form)

    @action(  # type: ignore[untyped-decorator]  # the same
        description=_("Bring back"),
        permissions=["moderate"],
        dialog=_dialog(_("Bring this review back"), _("Bring back")),
    )
    def bring_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return _act(request, unhide_review, object_id, form)


def _act(request: HttpRequest, verb: Callable[..., bool], object_id: str, form: ReasonForm) -> HttpResponse:
    """Call the verb and go back to the row; htmx, which sends the dialog, is told where that is."""
    try:
        changed = verb(review_id=int(object_id), by=reader_of(request), reason=form.cleaned_data["reason"])
    except DomainError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("Done.") if changed else _("Nothing to do: it was so already."))
    address = reverse("admin:reputation_tradereview_change", args=[object_id])
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": address})
    return see_other(address)


@admin.register(ModerationAction)
class ModerationActionAdmin(_Desk, ModelAdmin):  # type: ignore[misc]  # the same
    list_display = ("created_at", "kind", "target_type", "target_id", "concerns", "by", "reason")
    list_filter = ("kind",)
    list_select_related = ("by", "concerns")
    search_fields = ("by__username", "concerns__username", "=target_id")
    ordering = ("-id",)
    show_full_result_count = False
    actions_list = ("rings",)

    @action(  # type: ignore[untyped-decorator]  # the same
        description=_("Closed rings of reviews"), url_path="rings", permissions=["moderate"]
    )
    def rings(self, request: HttpRequest) -> HttpResponse:
        """Who mostly reviews each other, with the evidence."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Closed rings of reviews"),
            "rings": find_rings(),
        }
        return render(request, "moderation/rings.html", context)
