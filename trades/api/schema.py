"""What the API's description says of trades beyond what their views say themselves."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)

from trades.api import documents
from trades.api import serializers as bodies

TERMS: dict[str, Any] = {
    "proposer_offers": [
        {"holding": 7, "quantity": 1},
        {"holding": 8, "quantity": 1, "declared_price": "3.00"},
    ],
    "proposer_wants": [{"holding": 91, "quantity": 2}],
    "proposer_adds_cash": "5.00",
    "recipient_adds_cash": "0",
    "message": "Would you part with both?",
    "expires_in_days": 7,
    "completion_method": "mail",
}
PEEK = OpenApiParameter(
    "peek", OpenApiTypes.STR, enum=["1"], description=_("Look without marking the offer as viewed.")
)
CHANGE = PolymorphicProxySerializer(
    component_name="ProposalChange",
    serializers=[
        bodies.AcceptBody,
        bodies.DeclineBody,
        bodies.CounterBody,
        bodies.CancelBody,
        bodies.SendBody,
        bodies.DraftBody,
    ],
    resource_type_field_name=None,
)


def _example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


CREATE = extend_schema(
    request=bodies.ProposalBody,
    responses={201: documents.ProposalDetail},
    examples=[_example("an offer", {"recipient": "bob", **TERMS, "draft": False})],
)
LOOK = extend_schema(responses=documents.ProposalDetail, parameters=[PEEK])
ANSWER = extend_schema(
    request=CHANGE,
    responses=documents.ProposalDetail,
    examples=[
        _example("accept", {"status": "accepted"}),
        _example("decline", {"status": "declined", "decline_reason": "Not for my Opals, sorry."}),
        _example("counter", {"status": "countered", "counter": TERMS}),
        _example("cancel", {"status": "cancelled", "cancel_reason": "Sold at the shop this morning."}),
        _example("send a draft", {"status": "pending"}),
        _example("edit a draft", {"message": "Now with a foil.", "proposer_adds_cash": "2.00"}),
    ],
)
CALL_OFF = extend_schema(
    request=bodies.DeleteBody,
    responses=documents.ProposalDetail,
    examples=[_example("an accepted trade", {"reason": "Sold at the shop this morning."})],
)
CONFIRM = extend_schema(
    request=bodies.CompleteBody,
    responses=documents.ProposalDetail,
    examples=[_example("met", {"completion_method": "in_person", "completion_notes": "At the shop"})],
)
EXTEND = extend_schema(request=None, responses=documents.ProposalDetail)
