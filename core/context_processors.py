"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core.navigation import navigation
from core.pages import theme_of


def page(request: HttpRequest) -> dict[str, Any]:
    """The site's currency, the reader's theme, and the ways on (worked out only by a whole page)."""
    return {
        "currency": settings.SITE_CURRENCY,
        "theme": theme_of(request),
        "navigation": SimpleLazyObject(lambda: navigation(request)),
    }
