"""Doing something with a trade: every button of its page posts here."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.reader import reader_of
from core.pages import see_other
from trades.balance import drift_of
from trades.errors import TradeError
from trades.forms import AcceptForm, VerbForm
from trades.negotiation import Negotiation
from trades.views.conflicts import conflict_page
from trades.views.detail import negotiation_or_404, trade_context
from trades.views.verbs import VERBS, form_of

CONFLICTS = frozenset({409, 412})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def answer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Perform one verb: 303 to the trade, 409 with what changed, or the page again with its errors.

    Who had to sign in first comes back here without the form, and is shown the trade to press again.
    """
    if request.method != "POST":
        return redirect("trades:trade", pk)
    negotiation = negotiation_or_404(pk, reader_of(request))
    form = form_of(verb, negotiation.shown)(request.POST, auto_id=f"{verb}-%s")
    if not form.is_valid() or not _agrees_to_drift(form, negotiation):
        return _again(request, negotiation, verb, form, status=422)
    try:
        VERBS[verb].perform(proposal_id=pk, by=reader_of(request), **form.arguments())
    except TradeError as error:
        if error.status in CONFLICTS:
            return conflict_page(request, pk, error, seen_version=form.cleaned_data["version"])
        form.refuse(error)
        return _again(request, negotiation, verb, form, status=403 if error.status == 403 else 422)
    messages.success(request, str(VERBS[verb].done))
    return see_other("trades:trade", pk)


def _agrees_to_drift(form: VerbForm, negotiation: Negotiation) -> bool:
    """Above a tenth of the value, accepting asks whether the reader has seen how prices moved."""
    if not isinstance(form, AcceptForm) or form.cleaned_data["prices_moved"]:
        return True
    drift = drift_of(negotiation.shown, negotiation.reader.pk, negotiation.shown_items)
    if drift is None or not drift.needs_confirmation:
        return True
    form.add_error(
        "prices_moved",
        _("Prices moved by %(percent)s %% since this was sent: tick this to accept.")
        % {"percent": drift.percent},
    )
    return False


def _again(
    request: HttpRequest, negotiation: Negotiation, verb: str, form: VerbForm, status: int
) -> HttpResponse:
    context = trade_context(negotiation, {verb: form})
    return render(request, "trades/detail.html", context, status=status)
