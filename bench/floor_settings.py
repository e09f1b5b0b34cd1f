"""The barest Django there is on the same database: no middleware, two addresses."""

from config.settings import *  # noqa: F403

MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # without it, allauth starts nothing
ROOT_URLCONF = "bench.floors"
BARE = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "bench"]}  # noqa: F405
TEMPLATES = [{**BARE, "NAME": "bare"}, *TEMPLATES]  # noqa: F405
