"""Every address of the site: each room brings its pages and its part of /api/v1/."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

ROOMS = ["core", "accounts", "notifications", "cards", "trades"]


def _existing(module: str) -> list[str]:
    return [f"{room}.{module}" for room in ROOMS if find_spec(f"{room}.{module}")]


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    *[path("", include(urls)) for urls in _existing("urls")],
    *[path("api/v1/", include(urls)) for urls in _existing("api.urls")],
]
