"""What the OpenAPI document says of the trades' part of the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_view,
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
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=_("1 to 255 characters: the same call sent twice is done once and answered the same."),
)
VERSION = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=_("The `ETag` of what you saw: 412 if the proposal has changed since."),
)
PEEK = OpenApiParameter(
    "peek", OpenApiTypes.STR, enum=["1"], description=_("Look without marking the offer as viewed.")
)

_CHANGES = PolymorphicProxySerializer(
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


_CHANGE_EXAMPLES = [
    _example("accept", {"status": "accepted"}),
    _example("decline", {"status": "declined", "decline_reason": "Not for my Opals, sorry."}),
    _example("counter", {"status": "countered", "counter": TERMS}),
    _example("cancel", {"status": "cancelled", "cancel_reason": "Sold at the shop this morning."}),
    _example("send a draft", {"status": "pending"}),
    _example("edit a draft", {"message": "Now with a foil.", "proposer_adds_cash": "2.00"}),
]

PROPOSALS = extend_schema_view(
    get=extend_schema(summary=_("Your proposals")),
    post=extend_schema(
        summary=_("Propose a trade, or draft it"),
        request=bodies.ProposalBody,
        responses={201: documents.ProposalDetail},
        parameters=[KEY],
        examples=[_example("an offer", {"recipient": "bob", **TERMS, "draft": False})],
    ),
)
INCOMING = extend_schema_view(get=extend_schema(summary=_("Open offers made to you")))
OUTGOING = extend_schema_view(get=extend_schema(summary=_("Everything you sent")))
PROPOSAL = extend_schema_view(
    get=extend_schema(
        summary=_("One proposal"),
        description=_("The recipient's first look marks a pending offer as viewed."),
        responses=documents.ProposalDetail,
        parameters=[PEEK],
    ),
    patch=extend_schema(
        summary=_("Answer, send, edit or call off"),
        request=_CHANGES,
        responses=documents.ProposalDetail,
        parameters=[KEY, VERSION],
        examples=_CHANGE_EXAMPLES,
    ),
    delete=extend_schema(
        summary=_("Call off"),
        description=_("The same as PATCH `cancelled`. An accepted trade needs a reason in the body."),
        request=bodies.DeleteBody,
        responses=documents.ProposalDetail,
        parameters=[KEY, VERSION],
    ),
)
COMPLETE = extend_schema_view(
    post=extend_schema(
        summary=_("Confirm receipt"),
        description=_("The second side's call completes the trade and moves the copies."),
        request=bodies.CompleteBody,
        responses=documents.ProposalDetail,
        parameters=[KEY, VERSION],
        examples=[_example("in person", {"completion_method": "in_person", "completion_notes": "At Joe's"})],
    )
)
EXTEND = extend_schema_view(
    post=extend_schema(
        summary=_("Three more days to answer"),
        description=_("The proposer's, once."),
        request=None,
        responses=documents.ProposalDetail,
        parameters=[KEY, VERSION],
    )
)
TIMELINE = extend_schema_view(get=extend_schema(summary=_("What happened to one proposal")))
EVENTS = extend_schema_view(get=extend_schema(summary=_("What happened to all of your proposals")))
