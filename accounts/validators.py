"""What a name and a time zone may be."""

import re
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_countries import countries

# Names stand in URLs, in CSV files and on paper: ASCII only, so that no two look alike.
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,29}\Z")
_RESERVED = frozenset(
    {
        "admin", "administrator", "api", "help", "me", "mod", "moderator", "null", "root", "rules", "staff",
        "support", "system", "tradepost", "undefined",
    }
)  # fmt: skip


def validate_username(name: str) -> None:
    if not _USERNAME.match(name):
        raise ValidationError(
            _("3 to 30 letters, digits, hyphens or underscores; the first a letter or digit."), code="invalid"
        )


def validate_username_free(name: str) -> None:
    """At sign-up only: staff accounts made by hand may carry these names."""
    if name.lower() in _RESERVED:
        raise ValidationError(_("This name is taken."), code="unique")


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Unknown time zone."), code="invalid")


def validate_country(code: str) -> None:
    if not countries.alpha2(code):
        raise ValidationError(_("Unknown country."), code="invalid")


USERNAME_VALIDATORS = [validate_username, validate_username_free]
