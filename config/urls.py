"""Every address of the site: each room brings its pages and its part of /api/v1/."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from config import health
from core import handlers

ROOMS = [
    *("core", "accounts", "uploads", "notifications", "cards", "trades", "messaging", "reputation"),
    *("moderation", "signals_bridge"),
]


def _existing(file: str) -> list[str]:
    """The modules at `file` of the rooms that have one; not each has pages, or a part of the API."""
    found = [room for room in ROOMS if (settings.BASE_DIR / room / file).exists()]
    return [f"{room}.{file.removesuffix('.py').replace('/', '.')}" for room in found]


# The API first: whatever stands before the address that is meant is tried in vain. For the same reason
# rooms with many addresses put them behind prefixes.
API = [path("", include(urls)) for urls in _existing("api/urls.py")]

urlpatterns = [
    path("api/v1/", include(API)),
    *[path("", include(urls)) for urls in _existing("urls.py")],
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("core.api.docs_urls")),
    re_path(r"^api/(?P<path>.*)$", csrf_exempt(handlers.unknown_api_address)),
]

handler400 = handlers.handler400
handler403 = handlers.handler403
handler404 = handlers.handler404
handler500 = handlers.handler500
