"""Ways into a conversation: from somebody's profile, and from a trade."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.reader import reader_of
from core.pages import render_page_or_part, see_other, wants_part
from messaging.errors import MessagingError
from messaging.forms import BIGGEST_ID, MessageForm
from messaging.inbox import rows_of
from messaging.models import Conversation
from messaging.services import open_conversation
from messaging.thread import newest
from trades.models import TradeProposal

LINES_BESIDE_A_TRADE = 4


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def with_whom(request: HttpRequest, username: str) -> HttpResponse:
    """The conversation with somebody, or the button that begins it."""
    reader = reader_of(request)
    partner = get_object_or_404(User.objects.visible_to(reader).named(username).exclude(pk=reader.pk))
    if request.method == "POST":
        return _open(request, partner)
    found = _between(reader, partner)
    if found is not None and not wants_part(request):
        return redirect(found)
    return _page(request, partner, found)


def _between(reader: User, partner: User) -> Conversation | None:
    rows = Conversation.objects.between(reader.pk, partner.pk).with_people().with_silence()
    found: Conversation | None = rows.first()
    return found


def _page(
    request: HttpRequest, partner: User, found: Conversation | None, refusal: str = "", status: int = 200
) -> HttpResponse:
    row = rows_of([found], reader_of(request))[0] if found else None
    context = {"partner": partner, "row": row, "refusal": refusal}
    return render_page_or_part(request, "messaging/begin.html", "messaging/begin_part.html", context, status)


def _open(request: HttpRequest, partner: User) -> HttpResponse:
    try:
        found, _is_new = open_conversation(username=partner.username, by=reader_of(request))
    except MessagingError as error:
        if error.status not in (403, 429):
            raise
        return _page(request, partner, None, error.detail, error.status)
    return see_other(found)


@login_required
@never_cache
@require_safe
def of_trade(request: HttpRequest, pk: int) -> HttpResponse:
    """The chat of a trade's two, as it stands beside the trade; as a page, the conversation itself."""
    reader = reader_of(request)
    trades = TradeProposal.objects.visible_to(reader).with_people()
    trade = get_object_or_404(trades, pk=min(pk, BIGGEST_ID))
    partner = trade.partner_of(reader.pk)
    found = _between(reader, partner)
    if not wants_part(request):
        return redirect(found) if found else redirect("messaging:with", partner.username)
    if found is None:
        if not User.objects.visible_to(reader).filter(pk=partner.pk).exists():
            raise Http404
        return render(request, "messaging/begin_part.html", {"partner": partner, "row": None})
    return render(request, "messaging/trade_part.html", _beside(found, reader, partner))


def _beside(found: Conversation, reader: User, partner: User) -> dict[str, Any]:
    """The last few lines that somebody wrote."""
    written = [said for said in newest(found, reader).said if said.message.sender_id is not None]
    return {
        "conversation": found,
        "partner": partner,
        "row": rows_of([found], reader)[0],
        "said": written[-LINES_BESIDE_A_TRADE:],
        "form": MessageForm.blank(found.last_seq),
    }
