"""Lists of the API: `{next, previous, results}`, by cursor."""

from collections.abc import Sequence
from typing import Any, NoReturn

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from core.keyset import CursorError, Page, page_of

PAGE_SIZE = 20
LARGEST_PAGE = 100


class CursorPages(BasePagination):
    """A view names its orders: `orderings = {"newest": ("-id",), "value": ("-value", "-id")}`.

    The first is the default; `?ordering=` takes the names. Without `orderings` it is newest first.
    A view whose rows are an OR of columns names its `parts()`, see `core.keyset`.
    """

    page: Page[Any]
    url: str

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.url = request.build_absolute_uri()
        try:
            self.page = page_of(
                queryset,
                ordering=_ordering(request, view),
                size=page_size_of(request),
                cursor=request.query_params.get("cursor"),
                parts=view.parts() if hasattr(view, "parts") else (),
            )
        except CursorError:
            refuse_parameter("cursor", _("Not a cursor of this list. Start again without one."))
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self._link(self.page.next), "previous": self._link(self.page.previous), "results": data}
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}
        names = list(_orderings(view))
        parameters = [
            _parameter(
                "cursor", gettext_lazy("From `next` or `previous` of another page."), {"type": "string"}
            ),
            _parameter("page_size", gettext_lazy("Rows a page."), size),
        ]
        if len(names) > 1:
            order = {"type": "string", "enum": names, "default": names[0]}
            parameters.append(_parameter("ordering", gettext_lazy("Which rows come first."), order))
        return parameters

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)


def _orderings(view: Any) -> dict[str, Sequence[str]]:
    return getattr(view, "orderings", {"newest": ("-id",)})


def _ordering(request: Request, view: Any) -> Sequence[str]:
    orderings = _orderings(view)
    name = request.query_params.get("ordering", next(iter(orderings)))
    if name not in orderings:
        refuse_parameter("ordering", _("One of: %(names)s.") % {"names": ", ".join(orderings)})
    return orderings[name]


def page_size_of(request: Request) -> int:
    """What `?page_size=` asks for; 400 if it is none."""
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LARGEST_PAGE):
        refuse_parameter("page_size", _("A number from 1 to %(largest)s.") % {"largest": LARGEST_PAGE})
    return int(text)


def refuse_parameter(parameter: str, detail: str) -> NoReturn:
    """400 that points at a query parameter."""
    raise ValidationError({parameter: [detail]}, code="invalid")


def _parameter(name: str, description: Any, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": str(description), "schema": schema}
