"""Pages of lists that are ranked by a statement of their own, not by columns: search and matches."""

from collections.abc import Callable
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core.api.pagination import CursorPages, page_size_of, refuse_parameter
from core.keyset import Page

FURTHEST = 10_000  # nobody reads on after the ten-thousandth best
_signer = Signer(salt="cursor:ranked")


class RankedPages(CursorPages):
    """The same answers and parameters as CursorPages; a cursor is a signed place in the ranking.

    What is paged is a function of `limit` and `offset` instead of a queryset.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: Callable[[int, int], list[Any]], request: Request, view: Any = None
    ) -> list[Any]:
        self.url = request.build_absolute_uri()
        size, offset = page_size_of(request), _offset(request)
        found = queryset(size + 1, offset)
        reaches_on = len(found) > size and offset + size < FURTHEST
        self.page = Page(
            found[:size],
            next=_cursor(offset + size) if reaches_on else None,
            previous=_cursor(max(offset - size, 0)) if offset else None,
        )
        return self.page.rows


def _cursor(offset: int) -> str:
    return _signer.sign(str(offset))


def _offset(request: Request) -> int:
    cursor = request.query_params.get("cursor")
    try:
        return int(_signer.unsign(cursor)) if cursor is not None else 0
    except BadSignature:
        refuse_parameter("cursor", _("Not a cursor of this list. Start again without one."))
