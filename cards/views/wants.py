"""One's own want list."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.reader import reader_of
from cards.exports import wants_csv
from cards.forms import WantForm, WantQuantityForm, WantsFilterForm
from cards.lists import WANT_ORDERINGS, shown_wants
from cards.models import Card, Want
from cards.search import narrowed, search_printings
from cards.services import add_want, change_want, remove_want
from cards.views.binder import PAGE_SIZE, csv_response, say_outcome
from core.pages import page_at, render_invalid, render_page_or_part, safe_next, see_other, wants_part


@require_safe
@login_required
def wants(request: HttpRequest) -> HttpResponse:
    """What the reader looks for."""
    form = WantsFilterForm(request.GET)
    form.is_valid()
    mine = shown_wants(Want.objects.filter(owner=reader_of(request)))
    rows = narrowed(mine, form.cleaned_data.get("q", ""), name="search_name")
    ordering = WANT_ORDERINGS[form.cleaned_data.get("order") or "newest"]
    page = page_at(request, rows, ordering=ordering, size=PAGE_SIZE)
    context = {"page": page, "form": form, "filters": any(form.cleaned_data.values())}
    return render_page_or_part(request, "cards/wants.html", "cards/wants_rows.html", context)


@require_POST
@login_required
def set_quantity(request: HttpRequest, pk: int) -> HttpResponse:
    """The small form in each row: back to the list, or for htmx the row itself."""
    form, me = WantQuantityForm(request.POST), reader_of(request)
    form.carries_out(lambda: change_want(by=me, want_id=pk, changes=form.cleaned_data))
    if wants_part(request):
        return _row(request, pk, form)
    say_outcome(request, form)
    return see_other(f"{safe_next(request, reverse('cards:wants'))}#row-{pk}")


def _row(request: HttpRequest, pk: int, form: WantQuantityForm) -> HttpResponse:
    row = get_object_or_404(shown_wants(Want.objects.filter(owner=reader_of(request))), pk=pk)
    if form.errors:
        return render_invalid(request, "cards/wants_row.html", {"row": row, "form": form})
    response = render(request, "cards/wants_row.html", {"row": row})
    return trigger_client_event(response, "toast", {"text": _("Saved."), "tone": "ok"})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one want."""
    me = reader_of(request)
    row = get_object_or_404(shown_wants(Want.objects.filter(owner=me)), pk=pk)
    card = row.card or get_object_or_404(Card, pk=row.shown_card_id)  # type: ignore[attr-defined]
    known = {name: getattr(row, name, row.card_id is None) for name in WantForm.base_fields}
    form = WantForm(request.POST or None, initial=known, card=card)
    if form.carries_out(lambda: change_want(by=me, want_id=pk, changes=form.wish())):
        messages.success(request, _("Saved."))
        return see_other("cards:wants")
    context = {"row": row, "form": form, "card": card}
    return render(request, "cards/edit_want.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    remove_want(by=reader_of(request), want_id=pk)
    messages.success(request, _("Taken off your want list."))
    return see_other(safe_next(request, reverse("cards:wants")))


@require_safe
@login_required
def add_search(request: HttpRequest) -> HttpResponse:
    """First step of wanting a card: find it."""
    typed = request.GET.get("q", "")
    found = search_printings(typed, limit=24) if typed.strip() else []
    context = {"typed": typed, "found": found, "for_wants": True}
    return render_page_or_part(request, "cards/add_search.html", "cards/add_found.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, card_id: int) -> HttpResponse:
    """Second step: how many, and how picky."""
    card = get_object_or_404(Card, pk=card_id)
    form = WantForm(request.POST or None, initial={"quantity": 1, "any_printing": True}, card=card)
    if form.carries_out(lambda: add_want(by=reader_of(request), want=form.new_want())):
        messages.success(request, _("%(card)s is on your want list.") % {"card": card.name})
        return see_other(safe_next(request, reverse("cards:add_want")))
    context = {"form": form, "card": card, "next": safe_next(request, "")}
    return render(request, "cards/add_want.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """The whole want list as CSV."""
    me = reader_of(request)
    return csv_response(wants_csv(owner=me), f"tradepost-wants-{me.username}.csv")
