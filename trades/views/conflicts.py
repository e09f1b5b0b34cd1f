"""What somebody wanted to answer is no longer as they saw it: the difference, and the way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.reader import reader_of
from trades.changes import changes_of
from trades.errors import TradeError
from trades.models import TradeEvent
from trades.timeline import entries_of
from trades.views.detail import negotiation_or_404


def conflict_page(request: HttpRequest, pk: int, error: TradeError, *, seen_version: int) -> HttpResponse:
    """409: nothing was done; what happened since `seen_version`, and the newest offer of the chain."""
    reader = reader_of(request)
    negotiation = negotiation_or_404(pk, reader)
    partner = negotiation.partner
    events = TradeEvent.objects.filter(proposal__in=negotiation.chain).order_by("pk")
    unseen = [e for e in events if e.proposal_id > pk or (e.proposal_id == pk and e.version > seen_version)]
    context = {
        "error": error,
        "trade": negotiation.shown,
        "head": negotiation.head,
        "negotiation": negotiation,
        "partner": partner,
        "entries": entries_of(unseen, negotiation.chain, reader, partner),
        "changes": changes_of(negotiation.diff_from_shown_to_head, reader, partner),
        "missing": negotiation.missing,
        "is_missing_copies": error.code == "missing_copies",
    }
    return render(request, "trades/conflict.html", context, status=409)
