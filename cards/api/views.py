"""The API of cards, binders, want lists and matches: read the body, call the verb, show the row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.base import ApiListView, ApiView
from accounts.api.permissions import HasScopeOrIsAnonymous
from accounts.models import Scope, User
from cards import services
from cards.api import bodies, documents, schema
from cards.api.filters import HoldingFilter, PriceFilter, WantFilter
from cards.api.ranked import RankedPages
from cards.errors import CardError
from cards.lists import BINDER_ORDERINGS, WANT_ORDERINGS, printings_of, shown_holdings, shown_wants
from cards.matching import Direction, find_matches
from cards.models import Card, Holding, PriceSnapshot, Want
from cards.search import search_printings
from core.api.pagination import refuse_parameter
from core.api.serializers import checked

SCOPES = dict.fromkeys(("POST", "PATCH", "DELETE"), Scope.BINDER)
LINES = 10  # of each side of a match


# --- cards ----------------------------------------------------------------------------------
@schema.CARDS
class Cards(ApiListView):
    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.Card
    pagination_class = RankedPages
    orderings: ClassVar[Mapping[str, Any]] = {}

    def get(self, request: Request) -> Response:
        typed = request.query_params.get("q", "")

        def ranking(limit: int, offset: int) -> list[Card]:
            return search_printings(typed, limit=limit, offset=offset)

        cards = self.paginate_queryset(ranking)  # type: ignore[arg-type]  # RankedPages takes rankings
        return self.get_paginated_response(self.get_serializer(cards, many=True).data)


@schema.CARD
class CardDetail(ApiView):
    permission_classes = [HasScopeOrIsAnonymous]

    def get(self, request: Request, pk: int) -> Response:
        card = get_object_or_404(Card.objects.prefetch_related("current_prices"), pk=pk)
        card.printings = printings_of(card).count()  # type: ignore[attr-defined]
        return Response(documents.CardDetail(card).data)


@schema.PRICES
class Prices(ApiListView):
    permission_classes = [HasScopeOrIsAnonymous]
    serializer_class = documents.PricePoint
    filterset_class = PriceFilter
    orderings: ClassVar[Mapping[str, Any]] = {"newest": ("-day", "-id"), "oldest": ("day", "id")}

    def get(self, request: Request, pk: int) -> Response:
        get_object_or_404(Card, pk=pk)
        return self.list(request)

    def get_queryset(self) -> QuerySet[PriceSnapshot]:
        return PriceSnapshot.objects.filter(card=self.kwargs["pk"])


# --- binders --------------------------------------------------------------------------------
class _Holdings(ApiListView):
    filterset_class = HoldingFilter
    orderings = BINDER_ORDERINGS


@schema.BINDER
class Binder(_Holdings):
    required_scopes = SCOPES
    serializer_class = documents.Holding

    def get_queryset(self) -> QuerySet[Holding]:
        return shown_holdings(Holding.objects.of(me(self.request)))

    def get(self, request: Request) -> Response:
        return self.list(request)

    def post(self, request: Request) -> Response:
        (holding,) = bodies.new_holdings([checked(bodies.HoldingBody, request)])
        row = services.add_holding(by=me(request), holding=holding)
        return _created(request, "api-holding", row.pk, _own_holding(request, row.pk))


@schema.HOLDING
class HoldingDetail(ApiView):
    required_scopes = SCOPES

    def get(self, request: Request, pk: int) -> Response:
        return Response(_own_holding(request, pk))

    def patch(self, request: Request, pk: int) -> Response:
        changes = checked(bodies.HoldingChanges, request, partial=True)
        row = services.change_holding(by=me(request), holding_id=pk, changes=changes)
        return Response(_own_holding(request, row.pk))

    def delete(self, request: Request, pk: int) -> HttpResponse:
        services.remove_holding(by=me(request), holding_id=pk)
        return HttpResponse(status=204)


@schema.BULK
class Bulk(ApiView):
    required_scopes = SCOPES

    def post(self, request: Request) -> Response:
        holdings = bodies.new_holdings(checked(bodies.BulkBody, request)["rows"])
        with pointing_into("/rows"):
            added = services.add_holdings_in_bulk(by=me(request), holdings=holdings)
        return Response(documents.BulkAnswer(added).data, status=201)


@schema.OTHERS_BINDER
class OthersBinder(_Holdings):
    serializer_class = documents.OthersHolding

    def get(self, request: Request, username: str) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Holding]:
        owner = _visible_trader(self.request, self.kwargs["username"])
        return shown_holdings(Holding.objects.of(owner).filter(for_trade__gt=0))


# --- wants ----------------------------------------------------------------------------------
class _Wants(ApiListView):
    serializer_class = documents.Want
    filterset_class = WantFilter
    orderings = WANT_ORDERINGS


@schema.WANTS
class Wants(_Wants):
    required_scopes = SCOPES

    def get_queryset(self) -> QuerySet[Want]:
        return shown_wants(Want.objects.filter(owner=me(self.request)))

    def get(self, request: Request) -> Response:
        return self.list(request)

    def post(self, request: Request) -> Response:
        want = services.add_want(by=me(request), want=services.NewWant(**checked(bodies.WantBody, request)))
        return _created(request, "api-want", want.pk, _own_want(request, want.pk))


@schema.WANT
class WantDetail(ApiView):
    required_scopes = SCOPES

    def get(self, request: Request, pk: int) -> Response:
        return Response(_own_want(request, pk))

    def patch(self, request: Request, pk: int) -> Response:
        changes = checked(bodies.WantChanges, request)
        services.change_want(by=me(request), want_id=pk, changes=changes)
        return Response(_own_want(request, pk))

    def delete(self, request: Request, pk: int) -> HttpResponse:
        services.remove_want(by=me(request), want_id=pk)
        return HttpResponse(status=204)


@schema.OTHERS_WANTS
class OthersWants(_Wants):
    def get(self, request: Request, username: str) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Want]:
        owner = _visible_trader(self.request, self.kwargs["username"])
        return shown_wants(Want.objects.filter(owner=owner))


# --- matches --------------------------------------------------------------------------------
@schema.MATCHES
class Matches(ApiListView):
    serializer_class = documents.Match
    pagination_class = RankedPages
    orderings: ClassVar[Mapping[str, Any]] = {}

    def get(self, request: Request) -> Response:
        direction = _direction(request)

        def ranking(limit: int, offset: int) -> list[Any]:
            return find_matches(me(request), direction, limit=limit, offset=offset, lines=LINES)

        matches = self.paginate_queryset(ranking)  # type: ignore[arg-type]  # RankedPages takes rankings
        return self.get_paginated_response(self.get_serializer(matches, many=True).data)


# --- what they share ------------------------------------------------------------------------
def me(request: Request) -> User:
    """Who calls; the permission classes let nobody else in."""
    return cast(User, request.user)


@contextmanager
def pointing_into(prefix: str) -> Iterator[None]:
    """Let a refusal's faults point at the place of the body that the verb was given."""
    try:
        yield
    except CardError as error:
        error.faults = [replace(fault, pointer=prefix + fault.pointer) for fault in error.faults]
        raise


def _own_holding(request: Request, pk: int) -> dict[str, Any]:
    row = get_object_or_404(shown_holdings(Holding.objects.of(me(request))), pk=pk)
    return documents.Holding(row).data


def _own_want(request: Request, pk: int) -> dict[str, Any]:
    return documents.Want(get_object_or_404(shown_wants(Want.objects.filter(owner=me(request))), pk=pk)).data


def _created(request: Request, name: str, pk: int, document: dict[str, Any]) -> Response:
    location = reverse(name, args=[pk], request=request)
    return Response(document, status=201, headers={"Location": location})


def _visible_trader(request: Request, username: str) -> User:
    """404 for the unknown, the banned and who is blocked either way."""
    return get_object_or_404(User.objects.visible_to(request.user).named(username))


def _direction(request: Request) -> Direction:
    try:
        return Direction(request.query_params.get("direction", Direction.MUTUAL))
    except ValueError:
        refuse_parameter("direction", _("One of: %(names)s.") % {"names": ", ".join(Direction)})
