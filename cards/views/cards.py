"""The catalogue: finding cards, and everything about one printing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from cards.fulfilment import GOLD_BORDERED_SETS
from cards.lists import printings_of, shown_holdings
from cards.models import Card, CurrentPrice, Holding, PriceSnapshot, Want
from cards.prices import current_prices
from cards.search import LONGEST_QUERY, Found, search_cards
from cards.views.numbered import page_number
from core.charts import LineChart, Point, line_chart
from core.clock import database_today
from core.navigation import exists
from core.pages import render_page_or_part

FOUND = 24
PEOPLE = 8
PRINTINGS = 12
CHARTED = timedelta(days=365)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Search as you type; without a script the form does the same."""
    typed, number = request.GET.get("q", "")[:LONGEST_QUERY], page_number(request)
    found = search_cards(typed, limit=FOUND + 1, offset=(number - 1) * FOUND) if typed.strip() else []
    context = {
        "typed": typed,
        "found": _with_prices(found[:FOUND]),
        "previous": number - 1,
        "next": number + 1 if len(found) > FOUND else 0,
    }
    return render_page_or_part(request, "cards/catalogue.html", "cards/catalogue_found.html", context)


def _with_prices(found: list[Found]) -> list[tuple[Found, Decimal | None]]:
    """Each with the price of its first finish."""
    first = {one: (one.card.pk, one.card.finishes[0]) for one in found}
    prices = current_prices(first.values())
    return [(one, prices[key].price if key in prices else None) for one, key in first.items()]


@require_safe
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """One printing: prices over time, who has it, who looks for it, its other printings."""
    shown = get_object_or_404(Card, pk=pk)
    prices = {price.finish: price for price in CurrentPrice.objects.filter(card=shown)}
    finish = _finish(request, shown, prices)
    printings = list(printings_of(shown)[: PRINTINGS + 1])
    context = {
        "card": shown,
        "prices": [(name, prices.get(name)) for name in shown.finishes],
        "finish": finish,
        "chart": _chart(shown, prices.get(finish)),
        "printings": [one for one in printings if one != shown][:PRINTINGS],
        "holders": _holders(shown, request.user),
        "wanters": _wanters(shown, request.user),
        "has_signals": exists("/signals/open/"),
        **_mine(shown, request.user),
    }
    return render(request, "cards/card.html", context)


def _finish(request: HttpRequest, card: Card, prices: dict[str, CurrentPrice]) -> str:
    """The finish asked for, or the first with a price."""
    asked = request.GET.get("finish", "")
    priced = [finish for finish in card.finishes if finish in prices]
    return asked if asked in card.finishes else (priced or card.finishes)[0]


def _chart(card: Card, price: CurrentPrice | None) -> LineChart | None:
    """A year of prices at the source that the price of now is from."""
    if price is None:
        return None
    series = PriceSnapshot.objects.filter(
        card=card, finish=price.finish, source=price.source, day__gt=database_today() - CHARTED
    )
    return line_chart(Point(day, value) for day, value in series.values_list("day", "price"))


def _holders(card: Card, viewer: Any) -> dict[str, Any]:
    """Who has the card for trade, this printing first; of any printing at all."""
    same = Q(card__oracle_id=card.oracle_id) if card.oracle_id else Q(card=card)
    rows = Holding.objects.for_trade().visible_to(viewer).filter(same)
    if viewer.is_authenticated:
        rows = rows.exclude(owner=viewer)
    first = Case(When(card=card, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = shown_holdings(rows).select_related("card", "owner").order_by(first, "-owner__last_seen", "pk")
    return {"rows": shown[:PEOPLE], "count": rows.values("owner").distinct().count()}


def _wanters(card: Card, viewer: Any) -> dict[str, Any]:
    """Who looks for this printing, by itself or as any."""
    rows = wants_for(card).filter(owner__in=User.objects.visible_to(viewer))
    if viewer.is_authenticated:
        rows = rows.exclude(owner=viewer)
    shown = rows.select_related("owner", "card").order_by("-owner__last_seen", "pk")
    return {"rows": shown[:PEOPLE], "count": rows.values("owner").distinct().count()}


def wants_for(card: Card) -> QuerySet[Want]:
    """Wants that a copy of this printing could fulfil, condition, finish, language and price aside."""
    any_printing = Q(oracle_id=card.oracle_id) if card.oracle_id else Q(pk=None)
    if card.set_code in GOLD_BORDERED_SETS:
        any_printing &= Q(accepts_gold_bordered=True)
    return Want.objects.filter(Q(card=card) | any_printing)


def _mine(card: Card, viewer: Any) -> dict[str, Any]:
    """What the reader has and wants of it."""
    if not viewer.is_authenticated:
        return {}
    return {
        "my_holdings": shown_holdings(Holding.objects.of(viewer).filter(card=card)),
        "my_wants": wants_for(card).filter(owner=viewer).select_related("card"),
    }
