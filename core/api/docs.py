"""The API explained: its schema, two readers of it, and what its problems mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core.api.problems import ANCHORS
from core.api.schema import schema_document

EXPLANATIONS = {
    400: _("The request is malformed or not valid; `errors` points at each part that is wrong."),
    401: _("There is no valid token: none was sent, it is unknown, or it has ended."),
    403: _("You may see this, but it is not yours to do: another scope, another side, or a limit reached."),
    404: _("There is nothing here, or nothing that you may see; the two are never told apart."),
    405: _("This address does not take this method; the Allow header names those it takes."),
    409: _("The state does not allow it any more, or somebody else was quicker. Read it anew, then decide."),
    412: _("You saw an older version than the one that is stored; If-Match named it."),
    413: _("The body is larger than this address takes."),
    415: _("The body has a type that this address does not read."),
    422: _("The Idempotency-Key was used for another call before."),
    429: _("Too many for now; Retry-After says in how many seconds it may go on."),
}


@require_safe
@cache_control(max_age=300)
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON."""
    return HttpResponse(schema_document(), content_type="application/vnd.oai.openapi+json")


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    return render(request, "api/swagger.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    return render(request, "api/redoc.html")


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Where the `type` of a problem document points."""
    kinds = [(status, anchor, EXPLANATIONS[status]) for status, anchor in ANCHORS.items()]
    return render(request, "api/problems.html", {"kinds": kinds})
