"""The page of a dispute: how it is opened, told by both sides, and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.reader import reader_of
from core.errors import DomainError
from core.pages import see_other
from trades import services
from trades.forms import AnswerDisputeForm, DisputeForm, PhotoForm, VerbForm
from trades.models import Dispute, TradeProposal

OPENING = "open"


@dataclass(frozen=True, slots=True)
class DisputeVerb:
    """One thing to do in a dispute; `transition` is what the status machine calls it."""

    perform: Callable[..., Any]
    form: type[VerbForm]
    done: str | Promise
    transition: str = ""


VERBS = {
    "answer": DisputeVerb(services.answer_dispute, AnswerDisputeForm, _("Your answer is in."), "answer_with"),
    "withdraw": DisputeVerb(
        services.withdraw_dispute, VerbForm, _("Withdrawn. The trade goes on."), "withdraw"
    ),
    "concede": DisputeVerb(services.concede_dispute, VerbForm, _("Conceded."), "concede"),
    "photo": DisputeVerb(services.show_photo, PhotoForm, _("Your photo is in.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """The dispute of a trade, or the form that opens one."""
    trade = _trade_or_404(pk, reader_of(request))
    if request.method != "POST":
        return _show(request, trade)
    return _do(
        request, trade, OPENING, DisputeVerb(services.open_dispute, DisputeForm, _("The trade is stopped."))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Answer, withdraw, concede, or show a photo."""
    if request.method != "POST":  # back from signing in
        return redirect("trades:dispute", pk)
    return _do(request, _trade_or_404(pk, reader_of(request)), verb, VERBS[verb])


def _trade_or_404(pk: int, reader: User) -> TradeProposal:
    trades = TradeProposal.objects.visible_to(reader).with_people().select_related("dispute")
    trade = trades.filter(pk=pk, accepted_at__isnull=False).first()
    if trade is None:
        raise Http404
    return trade


def _do(request: HttpRequest, trade: TradeProposal, name: str, verb: DisputeVerb) -> HttpResponse:
    form = verb.form(request.POST, request.FILES, auto_id=f"{name}-%s")
    if not form.is_valid():
        return _show(request, trade, {name: form}, status=422)
    try:
        verb.perform(proposal_id=trade.pk, by=reader_of(request), **form.arguments())
    except DomainError as error:
        if error.status == 404:
            raise
        form.refuse(error)
        # Read anew: what refused it may be that the other side was faster.
        fresh = _trade_or_404(trade.pk, reader_of(request))
        return _show(request, fresh, {name: form}, status=409 if error.status in (409, 412) else 422)
    messages.success(request, str(verb.done))
    return see_other("trades:dispute", trade.pk)


def _show(
    request: HttpRequest, trade: TradeProposal, posted: dict[str, VerbForm] | None = None, status: int = 200
) -> HttpResponse:
    reader, posted = reader_of(request), posted or {}
    found = getattr(trade, "dispute", None)
    context = {
        "trade": trade,
        "partner": trade.partner_of(reader.pk),
        "dispute": found,
        "forms": _forms(trade, found, reader, posted),
        "invalid": next(iter(posted.values()), None),
        "photos": list(found.photos.select_related("upload__owner")) if found else [],
    }
    return render(request, "trades/dispute.html", context, status=status)


def _forms(
    trade: TradeProposal, found: Dispute | None, reader: User, posted: dict[str, VerbForm]
) -> dict[str, VerbForm]:
    """What the reader may do now, by name; from the dispute's own status machine."""
    names: dict[str, type[VerbForm]] = {}
    if found is None:
        names[OPENING] = DisputeForm
    elif not found.is_resolved:
        allowed = {transition.name for transition in found.get_available_user_status_transitions(reader)}
        names = {name: verb.form for name, verb in VERBS.items() if verb.transition in {"", *allowed}}
    initial = {"version": trade.version}
    return {
        name: posted.get(name) or form(initial=initial, auto_id=f"{name}-%s") for name, form in names.items()
    }
