"""The ways through the site, in the order people use them.

Rooms above `core` are known only by their addresses (docs: the map); a room that is not built in
yet has no address, and then no entry either.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    label: str | Promise
    path: str
    icon: str
    members_only: bool = True


PLACES = (
    Place(_("Home"), "/home/", "house"),
    Place(_("Trades"), "/trades/", "arrow-left-right"),
    Place(_("Binder"), "/binder/", "album"),
    Place(_("Wants"), "/wants/", "bookmark"),
    Place(_("Matches"), "/matches/", "sparkles"),
    Place(_("Inbox"), "/inbox/", "message-circle"),
    Place(_("Cards"), "/cards/", "search", members_only=False),
    Place(_("Traders"), "/traders/", "users", members_only=False),
    Place(_("Signals"), "/signals/", "trending-up", members_only=False),
)
# What a thumb reaches on a phone; the rest is behind "More".
TABS = ("/home/", "/trades/", "/binder/", "/inbox/")
INBOX = "/inbox/"

ACCOUNT = (
    Place(_("Settings"), "/settings/", "settings"),
    Place(_("My signals"), "/me/signals/", "trending-up"),
    Place(_("E-mail addresses"), "/accounts/email/", "mail"),
    Place(_("Second factor"), "/accounts/2fa/", "shield-check"),
    Place(_("Sessions"), "/accounts/sessions/", "monitor"),
)
FOOT = (
    Place(_("Help"), "/help/", "life-buoy", members_only=False),
    Place(_("House rules"), "/rules/", "scroll-text", members_only=False),
    Place(_("API"), "/api/docs/", "braces", members_only=False),
)


@dataclass(frozen=True, slots=True)
class Way:
    """A place as one reader sees it."""

    label: str | Promise
    path: str
    icon: str
    current: bool

    @property
    def counts_chats(self) -> bool:
        """Whether the number of unread conversations belongs beside it."""
        return self.path == INBOX


@dataclass(frozen=True, slots=True)
class Navigation:
    primary: list[Way]
    tabs: list[Way]
    more: list[Way]
    account: list[Way]
    foot: list[Way]
    notifications: str  # the address of the list behind the bell, "" while there is none
    sign_in: str
    sign_up: str
    sign_out: str

    @property
    def more_is_current(self) -> bool:
        return any(way.current for way in self.more)


def navigation(request: HttpRequest) -> Navigation:
    """The ways open to this reader, the current one marked."""
    user = getattr(request, "user", None)
    member = user is not None and user.is_authenticated
    primary = _ways(PLACES, request.path, member)
    return Navigation(
        primary=primary,
        tabs=[way for way in primary if way.path in TABS],
        more=[way for way in primary if way.path not in TABS],
        account=_ways(ACCOUNT, request.path, member),
        foot=_ways(FOOT, request.path, member),
        notifications="/notifications/" if exists("/notifications/") else "",
        sign_in="/accounts/login/" if exists("/accounts/login/") else "",
        sign_up="/accounts/signup/" if exists("/accounts/signup/") else "",
        sign_out="/accounts/logout/" if exists("/accounts/logout/") else "",
    )


@lru_cache(maxsize=64)
def exists(path: str) -> bool:
    """Whether some room answers at this address; the addresses do not change while a process lives."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _ways(places: tuple[Place, ...], here: str, member: bool) -> list[Way]:
    return [
        Way(place.label, place.path, place.icon, current=here.startswith(place.path))
        for place in places
        if (member or not place.members_only) and exists(place.path)
    ]
