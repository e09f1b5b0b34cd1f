"""The API's own description: OpenAPI 3.1, made from the views."""

import inspect
import re
from functools import cache
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from core.api.problems import ANCHORS
from core.api.serializers import KnownKeysOnly

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PROBLEM_TYPE = ("application/problem+json",)
KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
VERSION = {"type": "string", "pattern": '^"[0-9]+"$', "examples": ['"7"']}


class FaultDocument(serializers.Serializer[Any]):
    """One thing wrong with one part of the request."""

    pointer = serializers.CharField(help_text=_("JSON pointer into the body; in a GET the query parameter"))
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """RFC 9457. `code` says for programs what `detail` says for people; some problems have more members."""

    type = serializers.CharField(help_text=_("address of an explanation"))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FaultDocument(many=True)  # type: ignore[assignment]  # RFC 9457 has this name, so has REST framework


class TradepostSchema(AutoSchema):
    """Adds what every call shares: the problems it may answer with, and the headers it honours.

    A view whose rows have versions names the methods that honour `If-Match` in `versioned_methods`.
    """

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        filters = getattr(self.view, "filterset_class", None)
        if filters is not None and filters._meta.model is not None:
            # A view's own queryset is a reader's, and here is no reader.
            self.view.queryset = filters._meta.model._default_manager.none()  # type: ignore[attr-defined]
        return super().get_operation(*args, **kwargs)

    def get_auth(self) -> list[Any]:
        """With the empty alternative where a permission says `allows_anonymous`."""
        found = super().get_auth()
        if any(getattr(permission, "allows_anonymous", False) for permission in self.view.get_permissions()):
            found.append({})
        return found

    def get_override_parameters(self) -> list[Any]:
        found = []
        if self._honours_key():
            found.append(_header("Idempotency-Key", KEY, "The same call is done once in 24 hours."))
        if self._honours_version():
            found.append(_header("If-Match", VERSION, "The version you saw; 412 if it is another now."))
        return found

    def get_filter_backends(self) -> list[Any]:
        """None for a view without filters of its own: they would ask its queryset for a model."""
        filtered = hasattr(self.view, "filterset_class") or hasattr(self.view, "filterset_fields")
        return super().get_filter_backends() if filtered else []

    def get_operation_id(self) -> str:
        """`get_trades`, `get_trades_by_id`: the method and the path, so no two are alike."""
        steps = self.path.removeprefix("/api/v1").strip("/").replace("{", "by_").replace("}", "")
        return f"{self.method.lower()}_{re.sub(r'[^a-z_]+', '_', steps)}"

    def get_summary(self) -> str | None:
        handler = getattr(self.view, self.method.lower(), None)
        text = inspect.getdoc(handler) or inspect.getdoc(type(self.view)) or ""
        return text.split("\n")[0].rstrip(".") or None

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._problems():
            if str(code) not in bodies:
                bodies[str(code)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                    ProblemDocument, str(code), PROBLEM_TYPE, direction
                )
        return dict(sorted(bodies.items()))

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, KnownKeysOnly):
            schema["additionalProperties"] = False
        return schema

    def _problems(self) -> list[int]:
        codes = set(ANCHORS)
        if self.method not in UNSAFE:
            codes -= {409, 412, 413, 415, 422}
        if not self._honours_key():
            codes -= {422}
        if not self._honours_version():
            codes -= {412}
        return sorted(codes)

    def _honours_key(self) -> bool:
        return self.method in getattr(self.view, "idempotent_methods", ())

    def _honours_version(self) -> bool:
        return self.method in getattr(self.view, "versioned_methods", ())


def _header(name: str, schema: dict[str, Any], description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=description)


@cache
def schema_document() -> bytes:
    """The whole description as JSON (which is YAML too); it does not change while a process lives."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    return orjson.dumps(generator.get_schema(request=None, public=True), default=str)  # type: ignore[no-untyped-call]
