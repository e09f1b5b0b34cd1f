"""What the API answers with: JSON for programs, a page to try things out for people."""

from collections.abc import Iterable
from typing import Any

from drf_orjson_renderer.renderers import ORJSONRenderer
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.request import Request


class JSONRenderer(ORJSONRenderer):  # type: ignore[misc]  # ships no types
    """UTF-8, compact."""


class BrowsableRenderer(BrowsableAPIRenderer):
    """REST framework's page, without the forms that would send something else than JSON."""

    def get_rendered_html_form(self, *args: Any, **kwargs: Any) -> None:
        return None


class JSONUnlessBrowsing(DefaultContentNegotiation):
    """Nobody is turned away for an Accept header; the page is only for who is signed in and asks for HTML."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        browsing = "text/html" in request.headers.get("Accept", "") and request._request.user.is_authenticated
        wanted = "text/html" if browsing else "application/json"
        chosen = next((r for r in offered if r.media_type == wanted), offered[0])
        return chosen, chosen.media_type
