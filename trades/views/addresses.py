"""The partner's address, shown where both agreed; every look is recorded."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.reader import reader_of
from trades.services import read_address
from trades.views.detail import negotiation_or_404


@require_safe
@login_required
@never_cache
def address(request: HttpRequest, pk: int) -> HttpResponse:
    negotiation = negotiation_or_404(pk, reader_of(request))
    shown = read_address(proposal_id=pk, by=reader_of(request))
    context = {"trade": negotiation.shown, "partner": negotiation.partner, "lines": shown.lines}
    return render(request, "trades/address.html", context)
