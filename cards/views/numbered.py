"""Pages of lists that are ranked by a statement of their own: they are numbered, not keyed."""

from django.http import HttpRequest

FURTHEST = 500


def page_number(request: HttpRequest) -> int:
    """What `?page=` says, 1 if that is no page."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:5]) <= FURTHEST else 1
