"""One's own binder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet, Sum
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.reader import reader_of
from cards.exports import binder_csv
from cards.forms import BinderFilterForm, HoldingForm, QuantitiesForm
from cards.lists import BINDER_ORDERINGS, shown_holdings
from cards.models import Card, Holding
from cards.search import narrowed, search_printings
from cards.services import add_holding, change_holding, remove_holding
from cards.valuation import sum_of_values, with_values
from core.pages import page_at, render_invalid, render_page_or_part, safe_next, see_other, wants_part

PAGE_SIZE = 30
_SHOWN = {
    "for_trade": {"for_trade__gt": 0},
    "kept": {"for_trade": 0},
    "reserved": {"reserved__gt": 0},
}


@require_safe
@login_required
def binder(request: HttpRequest) -> HttpResponse:
    """The rows of the reader's binder, with what they are worth."""
    mine = Holding.objects.of(reader_of(request))
    form = BinderFilterForm(request.GET)
    form.is_valid()
    ordering = BINDER_ORDERINGS[form.cleaned_data.get("order") or "newest"]
    page = page_at(
        request, shown_holdings(filtered(mine, form.cleaned_data)), ordering=ordering, size=PAGE_SIZE
    )
    context = {"page": page, "form": form, "filters": any(form.cleaned_data.values()), **_figures(mine)}
    return render_page_or_part(request, "cards/binder.html", "cards/binder_rows.html", context)


def filtered(rows: QuerySet[Holding], asked: dict[str, Any]) -> QuerySet[Holding]:
    return narrowed(rows.filter(**_SHOWN.get(asked.get("show", ""), {})), asked.get("q", ""))


def _figures(mine: QuerySet[Holding]) -> dict[str, Any]:
    counted = mine.aggregate(rows=Count("pk"), copies=Sum("quantity"), for_trade=Sum("for_trade"))
    return {"figures": {**counted, "value": sum_of_values(with_values(mine))}}


@require_POST
@login_required
def set_quantities(request: HttpRequest, pk: int) -> HttpResponse:
    """The small form in each row: back to the list, or for htmx the row itself."""
    form, me = QuantitiesForm(request.POST), reader_of(request)
    form.carries_out(lambda: change_holding(by=me, holding_id=pk, changes=form.cleaned_data))
    if wants_part(request):
        return _row(request, pk, form)
    say_outcome(request, form)
    return see_other(f"{safe_next(request, reverse('cards:binder'))}#row-{pk}")


def say_outcome(request: HttpRequest, form: Form) -> None:
    """What became of a form that has no page of its own."""
    for problems in form.errors.values():
        messages.error(request, " ".join(map(str, problems)))
    if not form.errors:
        messages.success(request, _("Saved."))


def _row(request: HttpRequest, pk: int, form: QuantitiesForm) -> HttpResponse:
    mine = Holding.objects.of(reader_of(request))
    row = get_object_or_404(shown_holdings(mine), pk=pk)
    if form.errors:
        return render_invalid(request, "cards/binder_row.html", {"row": row, "form": form})
    context = {"row": row, "out_of_band": True, **_figures(mine)}
    response = render(request, "cards/binder_row.html", context)
    return trigger_client_event(response, "toast", {"text": _("Saved."), "tone": "ok"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one row."""
    me = reader_of(request)
    row = get_object_or_404(shown_holdings(Holding.objects.of(me)), pk=pk)
    known = {name: getattr(row, name) for name in HoldingForm.base_fields}
    form = HoldingForm(request.POST or None, initial=known, card=row.card)
    if form.carries_out(lambda: change_holding(by=me, holding_id=pk, changes=form.cleaned_data)):
        messages.success(request, _("Saved."))
        return see_other("cards:binder")
    context = {"row": row, "form": form, "card": row.card}
    return render(request, "cards/edit_holding.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Taken out; while copies are promised this is refused with a page that says so."""
    remove_holding(by=reader_of(request), holding_id=pk)
    messages.success(request, _("Taken out of your binder."))
    return see_other(safe_next(request, reverse("cards:binder")))


@require_safe
@login_required
def add_search(request: HttpRequest) -> HttpResponse:
    """First step of adding a card: find its printing."""
    typed = request.GET.get("q", "")
    context = {"typed": typed, "found": search_printings(typed, limit=24) if typed.strip() else []}
    return render_page_or_part(request, "cards/add_search.html", "cards/add_found.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, card_id: int) -> HttpResponse:
    """Second step: how many, and in which state."""
    card = get_object_or_404(Card, pk=card_id)
    first = {"quantity": 1, "for_trade": 1, "finish": card.finishes[0]}
    form = HoldingForm(request.POST or None, initial=first, card=card)
    if form.carries_out(lambda: add_holding(by=reader_of(request), holding=form.new_holding())):
        messages.success(request, _added(card, form.cleaned_data["quantity"]))
        return see_other(safe_next(request, reverse("cards:add_holding")))
    context = {"form": form, "card": card, "next": safe_next(request, "")}
    return render(request, "cards/add_holding.html", context, status=422 if form.errors else 200)


def _added(card: Card, copies: int) -> str:
    one, many = _("%(copies)d × %(card)s is in your binder."), _("%(copies)d × %(card)s are in your binder.")
    return (one if copies == 1 else many) % {"copies": copies, "card": card.name}


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """The whole binder as CSV."""
    me = reader_of(request)
    return csv_response(binder_csv(owner=me), f"tradepost-binder-{me.username}.csv")


def csv_response(lines: Iterable[str], filename: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return HttpResponse("".join(lines), content_type="text/csv; charset=utf-8", headers=headers)
