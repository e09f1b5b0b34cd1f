"""The barest Django there is on the same database: no middleware, one app for the sessions."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.sessions"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.floors"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "bench"]}]  # noqa: F405
