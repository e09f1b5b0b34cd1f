"""Other traders: the directory, their lists, and who matches."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.limits import TRUSTED_FROM, Tier
from accounts.models import User
from accounts.reader import reader_of
from cards.forms import ShelfFilterForm, TraderFilterForm, WantsFilterForm
from cards.lists import BINDER_ORDERINGS, WANT_ORDERINGS, shown_holdings, shown_wants
from cards.matching import Direction, find_matches
from cards.models import Holding, Want
from cards.search import narrowed
from cards.views.numbered import page_number
from core.clock import database_today
from core.pages import page_at, render_page_or_part

MATCHES = 10
TRUSTED = 6
TRADER_ORDERINGS = {
    "": ("-rank", "-seen", "-id"),
    "seen": ("-seen", "-id"),
    "name": ("folded", "id"),
}


@require_safe
@login_required
def matches(request: HttpRequest) -> HttpResponse:
    """Who has what I want and wants what I have, with the reasons."""
    me, direction, number = reader_of(request), _direction(request), page_number(request)
    found = find_matches(me, direction, limit=MATCHES + 1, offset=(number - 1) * MATCHES)
    context = {
        "direction": direction,
        "tabs": _tabs(direction),
        "matches": found[:MATCHES],
        "previous": number - 1,
        "next": number + 1 if len(found) > MATCHES else 0,
        "has_wants": bool(found) or Want.objects.filter(owner=me).exists(),
        "has_cards": bool(found) or Holding.objects.of(me).for_trade().exists(),
    }
    return render(request, "cards/matches.html", context)


def _direction(request: HttpRequest) -> Direction:
    asked = request.GET.get("direction", "")
    return Direction(asked) if asked in list(Direction) else Direction.MUTUAL


def _tabs(chosen: Direction) -> list[dict[str, Any]]:
    labels = {
        Direction.MUTUAL: _("Both ways"),
        Direction.WANT: _("They have"),
        Direction.HAVE: _("They want"),
    }
    return [
        {"label": label, "href": f"?direction={way}", "current": way == chosen, "count": None}
        for way, label in labels.items()
    ]


@require_safe
def traders(request: HttpRequest) -> HttpResponse:
    """The directory: those to trust above, then everybody."""
    form = TraderFilterForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    others = User.objects.visible_to(request.user).filter(is_staff=False).exclude(pk=request.user.pk or 0)
    everybody = _with_figures(others)
    trusted = [] if any(asked.values()) or "page" in request.GET else _trusted(everybody)
    rest = _asked_for(everybody, asked).exclude(pk__in=[person.pk for person in trusted])
    page = page_at(request, rest, ordering=TRADER_ORDERINGS[asked.get("order") or ""])
    context = {"form": form, "page": page, "trusted": trusted, "today": database_today()}
    return render_page_or_part(request, "cards/traders.html", "cards/traders_rows.html", context)


def _trusted(people: QuerySet[User]) -> list[User]:
    """Gold and up who were here last; only the front of the directory shows them apart."""
    return list(people.filter(trust_tier__in=_from(TRUSTED_FROM)).order_by(F("seen").desc(), "pk")[:TRUSTED])


def _with_figures(people: QuerySet[User]) -> QuerySet[User]:
    ranks = (When(trust_tier=tier, then=Value(tier.rank)) for tier in Tier)
    offered = Holding.objects.for_trade().filter(owner=OuterRef("pk")).values("owner")
    wanted = Want.objects.filter(owner=OuterRef("pk")).values("owner")
    return people.annotate(
        rank=Case(*ranks, default=Value(0), output_field=IntegerField()),
        seen=Coalesce("last_seen", "date_joined"),
        folded=Lower("username"),
        offered=Coalesce(Subquery(offered.annotate(n=Count("pk")).values("n")), 0),
        wanted=Coalesce(Subquery(wanted.annotate(n=Count("pk")).values("n")), 0),
    )


def _from(least: Tier) -> list[Tier]:
    return [tier for tier in Tier if tier.rank >= least.rank]


def _asked_for(people: QuerySet[User], asked: dict[str, Any]) -> QuerySet[User]:
    if name := asked.get("q"):
        people = people.filter(Q(username__icontains=name) | Q(display_name__icontains=name))
    if country := asked.get("country"):
        people = people.filter(country=country)
    if tier := asked.get("tier"):
        people = people.filter(trust_tier__in=_from(Tier(tier)))
    return people


@require_safe
def binder_of(request: HttpRequest, username: str) -> HttpResponse:
    """What a trader has for trade; what of it the reader wants comes marked."""
    trader = _visible(request, username)
    form = ShelfFilterForm(request.GET)
    form.is_valid()
    rows = narrowed(Holding.objects.of(trader).filter(for_trade__gt=0), form.cleaned_data.get("q", ""))
    ordering = BINDER_ORDERINGS[form.cleaned_data.get("order") or "value"]
    page = page_at(request, shown_holdings(_marked(rows, request.user)), ordering=ordering, size=24)
    context = {"trader": trader, "page": page, "form": form, "is_me": trader == request.user}
    return render_page_or_part(request, "cards/binder_of.html", "cards/binder_of_rows.html", context)


def _marked(rows: QuerySet[Holding], viewer: Any) -> QuerySet[Holding]:
    if not viewer.is_authenticated:
        return rows.annotate(is_wanted=Value(False))
    asked = Q(card=OuterRef("card")) | Q(oracle_id=OuterRef("card__oracle_id"))
    fits = Q(finish__in=["", OuterRef("finish")], language__in=["", OuterRef("language")])
    return rows.annotate(is_wanted=Exists(Want.objects.filter(asked, fits, owner=viewer)))


@require_safe
def wants_of(request: HttpRequest, username: str) -> HttpResponse:
    """What a trader looks for; what of it the reader has for trade comes marked."""
    trader = _visible(request, username)
    form = WantsFilterForm(request.GET)
    form.is_valid()
    rows = _offered(shown_wants(Want.objects.filter(owner=trader)), request.user)
    found = narrowed(rows, form.cleaned_data.get("q", ""), name="search_name")
    ordering = WANT_ORDERINGS[form.cleaned_data.get("order") or "newest"]
    page = page_at(request, found, ordering=ordering, size=50)
    context = {"trader": trader, "page": page, "form": form, "is_me": trader == request.user}
    return render_page_or_part(request, "cards/wants_of.html", "cards/wants_of_rows.html", context)


def _offered(wants: QuerySet[Want], viewer: Any) -> QuerySet[Want]:
    if not viewer.is_authenticated:
        return wants.annotate(is_offered=Value(False))
    asked = Q(card=OuterRef("card")) | Q(card__oracle_id=OuterRef("oracle_id"))
    mine = Holding.objects.of(viewer).for_trade().filter(asked)
    return wants.annotate(is_offered=Exists(mine))


def _visible(request: HttpRequest, username: str) -> User:
    """404 for the unknown, the banned and who is blocked either way."""
    return get_object_or_404(User.objects.visible_to(request.user).named(username))
