"""The trade on top of a conversation: how it stands, and what may be done next."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from messaging.forms import BIGGEST_ID
from messaging.models import Conversation
from trades.models import TradeProposal
from trades.negotiation import read_negotiation
from trades.views.detail import trade_context

MOST_BUTTONS = 3


def pinned_trade(conversation: Conversation, reader: User) -> dict[str, Any]:
    """What the trade's own page shows of the conversation's newest offer, as far as it fits on top.

    The same buttons, from the same status machine; accepting carries the version that stands there.
    """
    if conversation.trade_proposal_id is None:
        return {"trade": None}
    context = trade_context(read_negotiation(proposal_id=conversation.trade_proposal_id, reader=reader))
    trade = context["trade"]
    return context | {"actions": context["actions"][:MOST_BUTTONS], "needs_protection": _has_cash(trade)}


def _has_cash(trade: TradeProposal) -> bool:
    """Accepted, under way, and money is part of it."""
    is_under_way = trade.accepted_at is not None and trade.closed_at is None
    return is_under_way and bool(trade.proposer_adds_cash or trade.recipient_adds_cash)


@login_required
@never_cache
@require_safe
def pinned(request: HttpRequest, pk: int) -> HttpResponse:
    """The part alone, for a page on which the trade has changed."""
    reader = reader_of(request)
    rows = Conversation.objects.visible_to(reader).with_people()
    found = get_object_or_404(rows, pk=min(pk, BIGGEST_ID))
    context = {"conversation": found, "partner": found.partner_of(reader.pk), **pinned_trade(found, reader)}
    return render(request, "messaging/pinned.html", context)
