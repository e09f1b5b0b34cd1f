"""What the OpenAPI document says of signals beyond what their views say themselves."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema

from signals_bridge.api import bodies, documents
from signals_bridge.rows import NewCall

_CALL: dict[str, Any] = {
    "card": 7,
    "finish": "nonfoil",
    "action": "BUY",
    "target_price": "5.00",
    "confidence": 0.8,
    "rationale": "No reprint before the autumn.",
    "valid_until": "2026-12-01T00:00:00Z",
}
_ROW = {**_CALL, "external_id": "2026-0451", "price": "2.50", "issued_at": "2026-11-01T08:00:00Z"}


def _example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


SIGNAL = extend_schema(responses=documents.SignalDetail)
IMPORT = extend_schema(
    request=bodies.ImportBody,
    responses=documents.ImportReport,
    examples=[_example("a batch", {"source": "acme", "signals": [_ROW]})],
)
PUBLISH = extend_schema(
    request=NewCall, responses={201: documents.Signal}, examples=[_example("a call", _CALL)]
)
FOLLOW = extend_schema(request=None, responses=documents.OwnSignal)
UNFOLLOW = extend_schema(request=None, responses={204: None})
CHOICE = extend_schema(responses=documents.FollowingChoice)
CHOOSE = extend_schema(request=bodies.FollowingBody, responses=documents.FollowingChoice)
