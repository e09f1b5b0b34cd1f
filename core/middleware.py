"""What happens to every request before and after its view."""

import logging
from collections.abc import Callable

from csp.constants import HEADER, NONE, SELF
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _

from core.api.problems import Problem, is_api, problem_of
from core.error_pages import error_page
from core.errors import DomainError

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
PAGES_OF_THEIR_OWN = frozenset({400, 403, 404, 409, 429})


class ContentSecurityPolicy(CSPMiddleware):
    """Data are no document and load nothing, wherever they stand: one policy, and not put together anew."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").endswith("json"):
            policed: HttpResponseBase = super().process_response(request, response)
            return policed
        response.headers[HEADER] = "default-src 'none'; frame-ancestors 'none'"
        return response


def looser_policies(get_response: GetResponse) -> GetResponse:
    """The Content-Security-Policy of the pages that other packages draw; the strict one stays elsewhere."""
    closed = {"object-src": [NONE], "base-uri": [NONE], "form-action": [SELF], "frame-ancestors": [NONE]}
    policies = {
        prefix: "; ".join(f"{name} {' '.join(sources)}" for name, sources in (policy | closed).items())
        for prefix, policy in settings.LOOSER_POLICIES.items()
    }

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for prefix, policy in policies.items():
            if request.path_info.startswith(prefix):
                response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def api_slash_is_optional(get_response: GetResponse) -> GetResponse:
    """`/api/v1/trades` and `/api/v1/trades/` are one address, for every method: nothing is redirected."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_api(request) and not request.path_info.endswith("/"):
            request.path_info += "/"
            request.path += "/"
        return get_response(request)

    return middleware


def refuse_null_bytes(get_response: GetResponse) -> GetResponse:
    """PostgreSQL stores no NUL: an address or a query that holds one means nothing here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            detail = _("The address holds a character that nothing here has.")
            if is_api(request):
                return Problem(400, "malformed", detail).response()
            return error_page(request, 400, detail)
        return get_response(request)

    return middleware


def partials_are_private(get_response: GetResponse) -> GetResponse:
    """What htmx asked for is a part of a page: Back must never show it as if it were the whole."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
        if getattr(request, "htmx", False):
            add_never_cache_headers(response)
        return response

    return middleware


class RefusalsBecomePages:
    """A rule's "no" that a page's view let through, as the page for its status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, IntegrityError):
            log.error("The database refused what a page let through", exc_info=exception)
            exception = DomainError("conflict", _("This does not fit what is already stored."))
        if not isinstance(exception, DomainError):
            return None
        if is_api(request):
            problem = problem_of(exception)
            return problem.response() if problem else None
        if exception.status == 404:
            return error_page(request, 404)
        status = exception.status if exception.status in PAGES_OF_THEIR_OWN else 409
        return error_page(request, status, str(exception.detail), exception.retry_after)
