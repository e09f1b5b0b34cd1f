"""Times as people read them, relative to now; the exact time always stands in the markup beside it."""

from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

URGENT = timedelta(hours=24)
_LONG_AGO = timedelta(days=14)


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `12 minutes ago`, `3 days ago`; after two weeks the day itself."""
    passed = now - moment
    if passed >= _LONG_AGO:
        return date_format(localtime(moment), "j M Y")
    if passed < timedelta(minutes=1):
        return _("just now")
    return _("%(span)s ago") % {"span": span(passed)}


def left(moment: datetime, now: datetime) -> str:
    """`6 days left`, `40 minutes left`, `time is up`. Rounded down: never more than there is."""
    remaining = moment - now
    if remaining <= timedelta():
        return _("time is up")
    if remaining < timedelta(minutes=1):
        return _("less than a minute left")
    return _("%(span)s left") % {"span": span(remaining)}


def span(length: timedelta) -> str:
    """The largest unit that fits, up to 48 hours in hours: `47 hours`, `2 days`."""
    minutes = int(length.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if hours >= 48:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours >= 1:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
