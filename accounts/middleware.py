from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def person_at_the_door(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    return get_response
