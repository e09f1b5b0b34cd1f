"""A trusted trader's own call."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.limits import TRUSTED_FROM
from accounts.models import User
from accounts.reader import reader_of
from cards.models import Card
from cards.search import LONGEST_QUERY, search_printings
from core.clock import database_today
from core.pages import render_invalid, render_page_or_part, see_other
from reputation.scoring import rung_of
from reputation.standing import standing_of
from signals_bridge.errors import SignalError
from signals_bridge.forms import PublishForm, ids_in
from signals_bridge.prices import newest_prices
from signals_bridge.services import publish_signal

FOUND = 20


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """First the card (`?card=`), then the call; below gold what leads there."""
    reader = reader_of(request)
    if not reader.may_publish_signals:
        return _locked(request, reader)
    named = ids_in(request.GET.get("card", ""))
    if not named:
        return _choose_card(request)
    card = get_object_or_404(Card, pk=named[0])
    prices = newest_prices(card)
    form = PublishForm(request.POST or None, card=card, prices=prices, today=database_today())
    if request.method == "POST":
        return _send(request, reader, form)
    return render(request, "signals_bridge/publish.html", {"form": form, "card": card, "prices": prices})


def _locked(request: HttpRequest, reader: User) -> HttpResponse:
    standing = standing_of(reader, database_today())
    context = {
        "rung": rung_of(TRUSTED_FROM),
        "score": standing.parts.score,
        "partners": standing.figures["distinct_partners"],
    }
    status = 403 if request.method == "POST" else 200
    return render(request, "signals_bridge/locked.html", context, status=status)


def _choose_card(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")[:LONGEST_QUERY]
    context = {"typed": typed, "found": search_printings(typed, limit=FOUND) if typed.strip() else []}
    return render_page_or_part(
        request, "signals_bridge/choose_card.html", "signals_bridge/choose_found.html", context
    )


def _send(request: HttpRequest, reader: User, form: PublishForm) -> HttpResponse:
    status = 422
    if form.is_valid():
        try:
            call = publish_signal(by=reader, said=form.said())
        except SignalError as error:
            form.refuse(error)
            status = 403 if error.status == 403 else 422
        else:
            messages.success(request, _("Your call is public."))
            return see_other(call)
    context = {"form": form, "card": form.card, "prices": newest_prices(form.card)}
    response = render_invalid(request, "signals_bridge/publish.html", context)
    response.status_code = status
    return response
