"""Who trades in the demo. Nobody here is a real person."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import OffersBy, User
from accounts.services import create_trader, update_profile
from core.clock import database_now

PASSWORD = "tradepost-demo"  # noqa: S105  (printed by bin/run; a demo has no secrets)

_FIRST = ["moss", "tin", "ember", "north", "paper", "quiet", "river", "salt", "thorn", "velvet"]
_SECOND = ["badger", "crane", "finch", "fox", "heron", "lynx", "magpie", "otter", "raven", "stoat"]
_COUNTRIES = ["DE", "US", "FR", "GB", "NL", "ES", "IT", "PL", "SE", "CA", "JP", "BR"]
_ZONES = {"US": "America/Chicago", "CA": "America/Toronto", "JP": "Asia/Tokyo", "BR": "America/Sao_Paulo"}
_BIOS = [
    "Building a cube of one common for each card I had as a child.",
    "Foils before rent. Tracked mail only.",
    "Selling nothing, swapping everything. Photos on request.",
    "I bring my binder to the shop every Friday.",
    "Old borders, played copies welcome.",
    "Commander player in search of the last twelve cards.",
    "",
]
_NAMED = {
    "alice": ("Alice", "DE", "Europe/Berlin", "Cube builder. I pack as if it were glass."),
    "bob": ("Bob", "DE", "Europe/Berlin", "Legacy on Thursdays. Quick to answer."),
    "charlie": ("Charlie", "FR", "Europe/Paris", "Mostly foils."),
}


def names(count: int, random: Random) -> list[str]:
    """Alice, Bob and Charlie first, then made-up handles; at most 40 without numbers in them."""
    handles = [f"{first}{second}" for first in _FIRST for second in _SECOND]
    random.shuffle(handles)
    rounds = range(2, 2 + count // len(handles))
    handles += [f"{handle}{n}" for n in rounds for handle in handles[: len(_FIRST) * len(_SECOND)]]
    return [*_NAMED, *handles][:count]


def settle(name: str, random: Random) -> User:
    """A trader with a profile, a verified e-mail and an account that is months old."""
    # Only those whose names are told can sign in: a good hash is slow, and forty of them are slower.
    password = PASSWORD if name in _NAMED else None
    user = create_trader(username=name, email=f"{name}@example.com", password=password)
    display, country, zone, bio = _NAMED.get(name) or _made_up(name, random)
    update_profile(
        by=user,
        changes={
            "display_name": display,
            "country": country,
            "time_zone": zone,
            "bio": bio,
            "offers_by": random.choices(list(OffersBy), [8, 1, 1])[0] if name not in _NAMED else OffersBy.ANY,
            "vacation_until": None,
        },
    )
    now = database_now()
    # The age and the last visit of a demo account are made up; no verb of the site sets them.
    User.objects.filter(pk=user.pk).update(
        date_joined=now - timedelta(days=random.randint(100, 900)),
        last_seen=now - timedelta(minutes=random.randint(1, 9_000)),
    )
    return User.objects.get(pk=user.pk)


def _made_up(name: str, random: Random) -> tuple[str, str, str, str]:
    country = random.choice(_COUNTRIES)
    return name.capitalize(), country, _ZONES.get(country, "Europe/Berlin"), random.choice(_BIOS)


def settle_staff() -> None:
    """`mod`, a moderator, and `admin`, who may do everything."""
    create_trader(username="mod", email="mod@example.com", password=PASSWORD, is_moderator=True)
    User.objects.update_or_create(
        username="admin",
        defaults={
            "email": "admin@example.com",
            "password": make_password(PASSWORD),
            "is_staff": True,
            "is_superuser": True,
        },
    )
