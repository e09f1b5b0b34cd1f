"""What the OpenAPI document says of the cards' part of the API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view

from cards.api import bodies, documents
from cards.matching import Direction

_QUERY = OpenApiParameter(
    "q", OpenApiTypes.STR, description=_("name, set:xxx, #number, rarity:xxx; typos are forgiven")
)
_DIRECTION = OpenApiParameter(
    "direction",
    OpenApiTypes.STR,
    enum=list(Direction),
    default=Direction.MUTUAL,
    description=_("both ways; `want`: they have what you want; `have`: they want what you have"),
)
_DRY_RUN = OpenApiParameter(
    "dry_run", OpenApiTypes.BOOL, default=False, description=_("Read and compare, write nothing.")
)
_MODE = OpenApiParameter(
    "mode",
    OpenApiTypes.STR,
    enum=["add", "replace"],
    default="add",
    description=_("`replace` makes the list what the file says; promised copies stay."),
)
_FOR_TRADE = OpenApiParameter(
    "for_trade",
    OpenApiTypes.STR,
    enum=["column", "all", "none"],
    default="column",
    description=_("What is for trade: as the file's column says, all copies, or none."),
)
_TEXT: dict[Any, Any] = {"text/csv": {"type": "string"}, "text/plain": {"type": "string"}}


def _example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


_COPIES = {"card": 7, "finish": "foil", "condition": "LP", "quantity": 2, "for_trade": 1}
_WANTS = [
    _example("one printing", {"card": 7, "quantity": 1, "least_condition": "LP", "max_price": "4.00"}),
    _example("any printing", {"oracle_id": "4457ed35-7c10-48c8-9776-456485fdf070", "quantity": 4}),
]

CARDS = extend_schema_view(
    get=extend_schema(
        summary=_("Find printings"),
        description=_("The best first: exact names, names that begin so, words that begin so, names alike."),
        parameters=[_QUERY],
    )
)
CARD = extend_schema_view(
    get=extend_schema(summary=_("One printing and its prices"), responses=documents.CardDetail)
)
PRICES = extend_schema_view(get=extend_schema(summary=_("The prices of a printing, day by day")))
BINDER = extend_schema_view(
    get=extend_schema(summary=_("Your binder")),
    post=extend_schema(
        summary=_("Put copies into your binder"),
        description=_("They join the row with the same card, finish, condition, language, variant and note."),
        request=bodies.HoldingBody,
        responses={201: documents.Holding},
        examples=[_example("two foils", _COPIES)],
    ),
)
HOLDING = extend_schema_view(
    get=extend_schema(summary=_("One row of your binder"), responses=documents.Holding),
    patch=extend_schema(
        summary=_("Change a row"),
        description=_(
            "A row that becomes the same as another is merged into it: the answer is then the other row."
        ),
        request=bodies.HoldingChanges,
        responses=documents.Holding,
    ),
    delete=extend_schema(
        summary=_("Take a row out"),
        description=_("409 while copies are promised in an accepted trade."),
        responses={204: None},
    ),
)
BULK = extend_schema_view(
    post=extend_schema(
        summary=_("Put up to 500 rows into your binder, all or none"),
        request=bodies.BulkBody,
        responses={201: documents.BulkAnswer},
        examples=[_example("two rows", {"rows": [_COPIES, {**_COPIES, "card": 8, "finish": "nonfoil"}]})],
    )
)
BINDER_IMPORT = extend_schema_view(
    post=extend_schema(
        summary=_("Import a binder"),
        description=_(
            "CSV of Deckbox, Moxfield, ManaBox, Archidekt and others, or lines such as"
            " `4 Lightning Bolt (2X2) 117`. Good rows are taken, bad ones listed."
        ),
        parameters=[_DRY_RUN, _MODE, _FOR_TRADE],
        request=_TEXT,
        responses=documents.ImportAnswer,
    )
)
WANTS = extend_schema_view(
    get=extend_schema(summary=_("Your want list")),
    post=extend_schema(
        summary=_("Look for a card"),
        description=_("A want for the same grows instead, with the new price limit."),
        request=bodies.WantBody,
        responses={201: documents.Want},
        examples=_WANTS,
    ),
)
WANT = extend_schema_view(
    get=extend_schema(summary=_("One of your wants"), responses=documents.Want),
    patch=extend_schema(summary=_("Change a want"), request=bodies.WantChanges, responses=documents.Want),
    delete=extend_schema(summary=_("Take a want off the list"), responses={204: None}),
)
WANTS_IMPORT = extend_schema_view(
    post=extend_schema(
        summary=_("Import a want list"),
        description=_("The same files; a bare name wants any printing."),
        parameters=[_DRY_RUN, _MODE],
        request=_TEXT,
        responses=documents.ImportAnswer,
    )
)
OTHERS_BINDER = extend_schema_view(get=extend_schema(summary=_("What a trader has for trade")))
OTHERS_WANTS = extend_schema_view(get=extend_schema(summary=_("What a trader looks for")))
MATCHES = extend_schema_view(
    get=extend_schema(
        summary=_("Who has what you want and wants what you have"),
        description=_("Ranked by a score of 0 to 100, with the points and reasons it is made of."),
        parameters=[_DIRECTION],
    )
)
