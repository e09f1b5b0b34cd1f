"""After acceptance, for programs: what each side sent or paid, and what is not here yet."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.models import Scope
from core.api.documents import Document
from core.api.etags import expected_version
from core.api.fields import AwareDateTime, StrictChar
from core.api.serializers import StrictSerializer, checked
from trades import services
from trades.api.serializers import NoBody
from trades.api.views import me, proposal_of
from trades.models import Shipment, TradeProposal


class ShipmentBody(StrictSerializer):
    carrier = StrictChar(required=False, allow_blank=True, max_length=60)
    tracking = StrictChar(required=False, allow_blank=True, max_length=100)


class ShipmentDocument(Document):
    """One side's parcel, or its payment where it gives only cash."""

    sender = serializers.CharField(source="sender.username")
    sent_at = AwareDateTime(allow_null=True)
    paid_at = AwareDateTime(allow_null=True)
    carrier = serializers.CharField()
    tracking = serializers.CharField()
    received_at = AwareDateTime(allow_null=True)
    delayed_at = AwareDateTime(
        allow_null=True, help_text=_("when the other side said that it is not here yet")
    )


class BothShipments(serializers.Serializer[TradeProposal]):
    yours = ShipmentDocument(allow_null=True)
    theirs = ShipmentDocument(allow_null=True)


class ShipmentView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"PUT": Scope.TRADE}
    versioned_methods = frozenset({"PUT"})

    @extend_schema(responses=BothShipments)
    def get(self, request: Request, pk: int) -> Response:
        """What both sides sent; null as long as one has sent or paid nothing."""
        proposal = proposal_of(request, pk)
        by_sender = {s.sender_id: ShipmentDocument(s).data for s in _shipments_of(proposal)}
        mine = me(request).pk
        theirs = by_sender.get(proposal.partner_id_of(mine))
        return Response({"yours": by_sender.get(mine), "theirs": theirs})

    @extend_schema(
        request=ShipmentBody,
        responses=ShipmentDocument,
        examples=[
            OpenApiExample("sent", {"carrier": "Post", "tracking": "RR123456785DE"}, request_only=True)
        ],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Your side is on its way.

        Of a side that gives only cash it means paid. A further call corrects the words, until the
        other side has confirmed receipt.
        """
        body = checked(ShipmentBody, request)
        shipment = services.mark_sent(
            proposal_id=pk, by=me(request), version=expected_version(request), **body
        )
        return Response(ShipmentDocument(shipment).data)


class DelayView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"POST": Scope.TRADE}
    versioned_methods = frozenset({"POST"})

    @extend_schema(
        request=NoBody,
        responses=ShipmentDocument,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Their parcel is not here yet: 30 more days before the trade may complete without you, once."""
        checked(NoBody, request)
        shipment = services.report_delay(proposal_id=pk, by=me(request), version=expected_version(request))
        return Response(ShipmentDocument(shipment).data)


def _shipments_of(proposal: TradeProposal) -> list[Shipment]:
    return list(proposal.shipments.select_related("sender"))
