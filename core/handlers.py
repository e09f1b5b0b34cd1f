"""What answers when no view does: a problem document under /api/, a page elsewhere."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import error_pages
from core.api.problems import Problem, is_api, not_found, problem_of


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        problem = problem_of(exception) or Problem(400, "malformed", _("The request cannot be read."))
        return problem.response()
    detail = _("This is larger than the site takes.") if isinstance(exception, RequestDataTooBig) else ""
    return error_pages.error_page(request, 400, detail)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return Problem(403, "forbidden", _("This is not yours to do.")).response()
    return error_pages.permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return not_found().response() if is_api(request) else error_pages.not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return Problem(500, "internal", _("Something broke here. It was written down.")).response()
    return error_pages.server_error(request)


def unknown_api_address(request: HttpRequest, path: str = "") -> HttpResponse:
    """The last address under /api/: so that no setting ever turns an unknown one into a page."""
    return not_found().response()
