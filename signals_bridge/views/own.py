"""The calls that somebody follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.reader import reader_of
from core.pages import page_at, see_other, wants_part
from reputation.models import UserReputation
from reputation.scoring import FOLLOWS_TO_COUNT
from signals_bridge.errors import SignalError
from signals_bridge.models import FollowSettings, RecommendationAction
from signals_bridge.models.recommendations import SETTLED, UNSETTLED
from signals_bridge.reading import follow_rows
from signals_bridge.services import choose_following, follow_signal, unfollow_signal
from signals_bridge.views.calls import signal_context

SHOWN_AT_HOME = 3
STATES = {"": None, "running": UNSETTLED, "over": SETTLED}


@login_required
@never_cache
@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    """Own follows, the newest first; for home the newest that run."""
    reader = reader_of(request)
    follows = RecommendationAction.objects.of(reader).with_signals()
    if wants_part(request):
        running = follows.filter(recommendation__status__in=UNSETTLED).order_by("-acted_at", "-id")
        rows = follow_rows(list(running[:SHOWN_AT_HOME]))
        return render(request, "signals_bridge/own_part.html", {"rows": rows})
    state = request.GET.get("state", "")
    if states := STATES.get(state):
        follows = follows.filter(recommendation__status__in=states)
    page = page_at(request, follows, ordering=("-acted_at", "-id"))
    choice = FollowSettings.objects.filter(user=reader).first() or FollowSettings()
    context = {
        "page": page,
        "rows": follow_rows(page.rows),
        "tabs": _tabs(state),
        "state": state,
        "figures": UserReputation.objects.filter(user=reader).first(),
        "needed": FOLLOWS_TO_COUNT,
        "choice": choice,
    }
    return render(request, "signals_bridge/own.html", context)


def _tabs(state: str) -> list[dict[str, Any]]:
    labels = {"": _("All"), "running": _("Running"), "over": _("Over")}
    here = reverse("signals:own")
    return [
        {"label": label, "href": f"{here}?state={name}" if name else here, "current": name == state}
        for name, label in labels.items()
    ]


@login_required
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    return _done(request, pk, lambda: follow_signal(signal_id=pk, by=reader), _("You follow this call."))


@login_required
@require_POST
def unfollow(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    said = _("As if you had never followed it.")
    return _done(request, pk, lambda: unfollow_signal(signal_id=pk, by=reader), said)


def _done(request: HttpRequest, pk: int, verb: Callable[[], object], said: str) -> HttpResponse:
    """Back to the call; a rule's "no" (409) stands on its page as it is now."""
    try:
        verb()
    except SignalError as error:
        if error.status != 409:
            raise
        context = {**signal_context(request, pk), "refusal": error.detail}
        return render(request, "signals_bridge/signal.html", context, status=409)
    messages.success(request, said)
    return see_other("signals:signal", pk)


@login_required
@require_POST
def by_trading(request: HttpRequest) -> HttpResponse:
    """The switch: `on` or anything else for off."""
    is_on = request.POST.get("follows_by_trading") == "on"
    choose_following(by=reader_of(request), by_trading=is_on)
    messages.success(
        request, _("Your trades follow calls.") if is_on else _("Your trades follow nothing any more.")
    )
    return see_other("signals:own")
