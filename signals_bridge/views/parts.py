"""What pages of other rooms show of calls: they pull it, and know nothing but its address."""

from __future__ import annotations

from collections import defaultdict

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from cards.models import Holding
from core.clock import database_now
from core.pages import wants_part
from signals_bridge.forms import ids_in
from signals_bridge.models import Recommendation, SignalStatus
from signals_bridge.reading import rows_of, signals_seen_by

OF_A_CARD = 5
ON_THE_FRONT_PAGE = 3


@require_safe
def open_signals(request: HttpRequest) -> HttpResponse:
    """What can be followed now: of the cards named by `?card=`, else the newest of all.

    For a browser that asks for a page it is the list.
    """
    cards = request.GET.get("card", "")
    if not wants_part(request):
        query = {"status": SignalStatus.ACTIVE.value, **({"card": cards} if cards else {})}
        return redirect(f"{reverse('signals:list')}?{urlencode(query)}")
    running = signals_seen_by(request.user).open(database_now()).order_by("-issued_at", "-id")  # type: ignore[attr-defined]
    if cards:
        found = list(running.of_cards(ids_in(cards))[: OF_A_CARD + 1])
        context = {"rows": rows_of(found[:OF_A_CARD]), "more": len(found) > OF_A_CARD, "card": cards}
        return render(request, "signals_bridge/card_part.html", context)
    rows = rows_of(list(running[:ON_THE_FRONT_PAGE]))
    return render(request, "signals_bridge/front_part.html", {"rows": rows})


@login_required
@require_safe
def marks(request: HttpRequest) -> HttpResponse:
    """Which of the binder rows `?holdings=7,8` an open call speaks of, to be set beside each.

    A page that can pull nothing has a link to the list instead.
    """
    reader = reader_of(request)
    if not wants_part(request):
        return redirect(f"{reverse('signals:list')}?status={SignalStatus.ACTIVE.value}")
    calls = _open_calls(reader, ids_in(request.GET.get("holdings", "")))
    return render(request, "signals_bridge/marks.html", {"calls": calls})


def _open_calls(reader: User, holding_ids: list[int]) -> dict[int, list[str]]:
    """What is said of each binder row, BUY before HOLD before SELL. Two queries."""
    seen = Holding.objects.visible_to(reader).filter(pk__in=holding_ids)
    rows = list(seen.values_list("pk", "card", "finish"))
    running = Recommendation.objects.visible_to(reader).open(database_now())
    said: dict[tuple[int, str], set[str]] = defaultdict(set)
    for card, finish, action in running.of_cards({card for _pk, card, _finish in rows}).values_list(
        "card", "finish", "action"
    ):
        said[card, finish].add(action)
    return {pk: sorted(said[card, finish]) for pk, card, finish in rows if (card, finish) in said}
