"""What a trader sees first: what needs them, what they wait for, what is new."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, F, OuterRef, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.reader import reader_of
from cards.matching import Direction, find_matches
from cards.models import Holding, Want
from core.clock import database_clock
from core.navigation import exists
from notifications.models import Notification
from trades.desk import ORDERING, Tab, counts_of, proposals_in
from trades.models import TradeProposal
from trades.views.lists import TradeRow, rows_of

ROWS_SHOWN = 5
NOTICES_SHOWN = 5
MATCHES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a newcomer is on the way to a first trade."""

    has_cards: bool
    has_wants: bool
    has_traded: bool

    @property
    def done(self) -> int:
        return self.has_cards + self.has_wants + self.has_traded

    @property
    def is_over(self) -> bool:
        return self.has_traded or self.done == 3


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    needs, waiting = _rows(reader, Tab.NEEDS_YOU, Tab.WAITING)
    unread = Notification.objects.of(reader).unread().select_related("actor")
    counts = counts_of(reader)
    context = {
        "needs": needs,
        "needs_count": counts[Tab.NEEDS_YOU],
        "waiting": waiting,
        "waiting_count": counts[Tab.WAITING],
        "steps": _first_steps(reader),
        "notices": unread[:NOTICES_SHOWN],
        "has_reviews": exists("/reviews/waiting/"),
        "has_signals": exists("/me/signals/"),
    }
    return render(request, "home/home.html", context)


@require_safe
@login_required
def matches(request: HttpRequest) -> HttpResponse:
    """The best matches in short, for home: pulled by it when it has come, as finding them takes a moment."""
    found = find_matches(reader_of(request), Direction.MUTUAL, limit=MATCHES_SHOWN)
    return render(request, "home/matches.html", {"matches": found})


def _rows(reader: User, *tabs: Tab) -> list[list[TradeRow]]:
    """The first rows of each list; what comes along is read once for all of them."""
    lists = [_first(tab, reader) for tab in tabs]
    together = [proposal for proposals in lists for proposal in proposals]
    prefetch_related_objects(together, "shipments")
    rows = iter(rows_of(together, reader))
    return [[next(rows) for _ in proposals] for proposals in lists]


def _first(tab: Tab, reader: User) -> list[TradeProposal]:
    found = proposals_in(tab, reader).annotate(now=database_clock())
    return list(found.order_by(*ORDERING[tab])[:ROWS_SHOWN])


def _first_steps(reader: User) -> FirstSteps:
    """One query."""
    own = {"owner": OuterRef("pk")}
    holdings = Holding.objects.filter(**own, is_hidden=False, for_trade__gt=F("reserved"))
    parties = Q(proposer=OuterRef("pk"), sent_at__isnull=False) | Q(
        recipient=OuterRef("pk"), accepted_at__isnull=False
    )
    trades = TradeProposal.objects.filter(parties)
    found = User.objects.filter(pk=reader.pk).values_list(
        Exists(holdings), Exists(Want.objects.filter(**own)), Exists(trades)
    )
    return FirstSteps(*found.get())
