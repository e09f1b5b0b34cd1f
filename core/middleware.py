"""What happens to every page request before and after its view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

type_GetResponse = Callable[[HttpRequest], HttpResponse]


def refuse_null_bytes(get_response: type_GetResponse) -> type_GetResponse:
    return get_response


def partials_are_private(get_response: type_GetResponse) -> type_GetResponse:
    return get_response
