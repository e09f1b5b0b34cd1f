"""What page views answer with."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from core.keyset import CursorError, Page, page_of

Row = TypeVar("Row", bound=Model)

THEMES = ("light", "dark")  # anything else: as the system says


class SeeOther(HttpResponseRedirect):
    """303: a form was posted, read on over there with GET, also after PUT-like verbs."""

    status_code = 303


def see_other(to: Any, *args: Any, **kwargs: Any) -> SeeOther:
    """`to` is a model with an address, a URL name or a path."""
    return SeeOther(resolve_url(to, *args, **kwargs))


def render_invalid(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The form once more, with its errors: 422, so that neither browser nor script takes it for success."""
    return render(request, template, context, status=422)


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page: not for a boosted link, not when Back restores a page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page_or_part(
    request: HttpRequest, page: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx only the part of it that changes."""
    return render(request, part if wants_part(request) else page, context, status=status)


def page_at(
    request: HttpRequest,
    rows: QuerySet[Row],
    *,
    ordering: Sequence[str],
    size: int = 20,
    parts: Sequence[Q] = (),
) -> Page[Row]:
    """The page of `rows` that `?page=` names; shown with `{% cursor_pager page %}`. `parts` as in `page_of`.

    An address that no page of this list ever had is a 404.
    """
    try:
        return page_of(rows, ordering=ordering, size=size, cursor=request.GET.get("page"), parts=parts)
    except CursorError as error:
        raise Http404 from error


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where the form wants to go back to, if that is on this site."""
    target = request.POST.get("next") or request.GET.get("next") or default
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else default


def theme_of(request: HttpRequest) -> str:
    """The theme somebody chose, "" while they leave it to the system."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""
