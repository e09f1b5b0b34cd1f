"""The site's own pages for what goes wrong.

They are drawn without context processors: no session, no database, so they also come when either
is the reason.
"""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.pages import theme_of


def error_page(
    request: HttpRequest, status: int, detail: str = "", retry_after: int | None = None
) -> HttpResponse:
    """The page for `status` (400, 403, 404, 409, 429, 500); `detail` says more, in the reader's words.

    `retry_after` in seconds becomes the header of a 429.
    """
    context = {"theme": theme_of(request), "detail": detail, "path": request.path}
    response = HttpResponse(render_to_string(f"{status}.html", context), status=status)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open for too long, or in another tab during sign-in."""
    return error_page(
        request,
        403,
        _("This form was opened before you signed in or out. Go back, reload the page and send it again."),
    )
