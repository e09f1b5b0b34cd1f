"""Addresses for programs: only with the scope `trade`, and never in an answer that is stored."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import Address
from accounts.api.base import ApiView
from accounts.models import Scope
from core.api.documents import Document
from core.api.etags import expected_version
from core.api.serializers import checked
from trades import services
from trades.api.serializers import NoBody
from trades.api.views import me


class AddressDocument(Document):
    """As it is written on a parcel."""

    name = serializers.CharField()
    street = serializers.CharField()
    more = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    country = serializers.CharField(help_text=_("ISO 3166 alpha-2"))
    lines = serializers.SerializerMethodField(help_text=_("top to bottom, the country by its name"))

    def get_lines(self, address: Address) -> list[str]:
        return address.lines


class Consents(serializers.Serializer[Any]):
    agreed = serializers.BooleanField()
    partner_agreed = serializers.BooleanField(help_text=_("then GET shows the partner's address"))


@method_decorator(never_cache, name="dispatch")
class AddressView(ApiView):
    required_scopes: ClassVar[dict[str, Scope]] = {"GET": Scope.TRADE, "POST": Scope.TRADE}
    versioned_methods = frozenset({"POST"})

    @extend_schema(responses=AddressDocument)
    def get(self, request: Request, pk: int) -> Response:
        """Your partner's address, of an accepted trade by mail, once both agreed. Each look is recorded."""
        return Response(AddressDocument(services.read_address(proposal_id=pk, by=me(request))).data)

    @extend_schema(
        request=NoBody,
        responses=Consents,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Agree to exchange addresses; none is ever in this answer."""
        checked(NoBody, request)
        proposal = services.agree_to_exchange(
            proposal_id=pk, by=me(request), version=expected_version(request)
        )
        partner = proposal.partner_id_of(me(request).pk)
        agreed = proposal.address_consents.filter(user=partner).exists()
        return Response({"agreed": True, "partner_agreed": agreed})
