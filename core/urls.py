"""Addresses that belong to no room: the front door, what the site says about itself, the shell."""

from django.conf import settings
from django.urls import path

from core import views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", views.help_page, name="help"),
    path("rules/", views.rules, name="rules"),
    path("theme/", views.choose_theme, name="theme"),
    path("offline/", views.offline, name="offline"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
]

if settings.DEBUG or settings.STYLEGUIDE:
    urlpatterns.append(path("styleguide/", views.styleguide, name="styleguide"))
