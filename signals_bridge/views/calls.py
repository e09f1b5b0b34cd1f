"""Calls for everybody to read: the list, one call, and who makes them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import database_now
from core.pages import page_at, render_page_or_part
from signals_bridge.drawing import chart_of
from signals_bridge.forms import MOST_SOURCES, SignalFilterForm
from signals_bridge.models import RecommendationAction, Source
from signals_bridge.reading import rows_of, signals_seen_by, stand_of
from signals_bridge.record import LATE, publishers_seen_by, record_of


@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """The newest first; of one source with its record on top."""
    chosen = _chosen_source(request)
    form = SignalFilterForm(request.GET, _sources(chosen))
    form.is_valid()
    page = page_at(request, form.narrow(signals_seen_by(request.user)), ordering=("-issued_at", "-id"))
    context = {
        "form": form,
        "page": page,
        "rows": rows_of(page.rows),
        "chosen": chosen,
        "record": record_of(chosen) if chosen else None,
        "cards": {signal.card for signal in page.rows} if form.cleaned_data.get("card") else None,
    }
    return render_page_or_part(
        request, "signals_bridge/signals.html", "signals_bridge/signals_rows.html", context
    )


def _chosen_source(request: HttpRequest) -> Source | None:
    """The one asked for, unless it is of a trader whom the reader may not know of."""
    name = request.GET.get("source", "")
    if not name:
        return None
    hidden = Source.objects.hidden_from(request.user).values("pk")
    found: Source | None = (
        Source.objects.filter(name=name).exclude(pk__in=hidden).select_related("publisher__user").first()
    )
    return found


def _sources(chosen: Source | None) -> list[Source]:
    """What can be chosen: everybody's market data, and whom a link has led to."""
    imported = list(Source.objects.filter(is_personal=False).order_by("name")[:MOST_SOURCES])
    return imported if chosen is None or chosen in imported else [chosen, *imported]


@require_safe
def publishers(request: HttpRequest) -> HttpResponse:
    """Records of all who have one, the longest first."""
    page = page_at(request, publishers_seen_by(request.user), ordering=("-calls", "id"))
    rows = [(source, record_of(source)) for source in page.rows]
    return render(request, "signals_bridge/publishers.html", {"page": page, "rows": rows})


@require_safe
def signal(request: HttpRequest, pk: int) -> HttpResponse:
    """One call, what came of it, who makes it, and the reader's follow."""
    return render(request, "signals_bridge/signal.html", signal_context(request, pk))


def signal_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    call = get_object_or_404(signals_seen_by(request.user), pk=pk)
    now = database_now()
    stand = stand_of(request.user, call, now) if request.user.is_authenticated else None
    follow = stand.follow if stand else None
    return {
        "signal": call,
        "is_open": call.is_open(now),
        "came_late": call.received_at - call.issued_at > LATE,
        "stand": stand,
        "follow": follow,
        "followers": RecommendationAction.objects.filter(recommendation=call).count(),
        "chart": chart_of(call, follow),
        "record": None if call.is_hidden else record_of(call.source),  # type: ignore[attr-defined]
    }
