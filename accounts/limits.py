"""What each trust tier allows (domain.md §6.5). Reputation writes the tier, other rooms read this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class Tier(models.TextChoices):
    """Lowest first: the order of the members is the order of trust."""

    NEW = "new", _("new")
    BRONZE = "bronze", _("bronze")
    SILVER = "silver", _("silver")
    GOLD = "gold", _("gold")
    PLATINUM = "platinum", _("platinum")
    DIAMOND = "diamond", _("diamond")

    @property
    def rank(self) -> int:
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True)
class Limits:
    open_offers: int
    unsettled_value: Decimal | None  # site currency; None: no limit of the tier's own
    new_conversations: int  # in any 24 hours
    longest_life: int  # days an offer may live
    account_age: int  # days an account must have for limits above those of `new`


LIMITS: dict[Tier, Limits] = {
    Tier.NEW: Limits(5, Decimal(150), 5, 7, 0),
    Tier.BRONZE: Limits(10, Decimal(400), 15, 7, 14),
    Tier.SILVER: Limits(20, Decimal(1500), 30, 14, 45),
    Tier.GOLD: Limits(40, Decimal(5000), 60, 14, 120),
    Tier.PLATINUM: Limits(60, Decimal(15000), 100, 14, 240),
    Tier.DIAMOND: Limits(100, None, 200, 14, 365),
}
OPEN_OFFERS_PER_PARTNER = 5
# What a tier unlocks besides, from which tier on; limits and the life of offers are in the table above.
PHOTOS_FROM = Tier.BRONZE  # in chat, outside a live trade
FRAME_FROM = Tier.SILVER  # a profile's picture wears a ring
TRUSTED_FROM = Tier.GOLD  # may publish signals, stands in the directory's trusted section


def limits_of(tier: Tier, account_age: int) -> Limits:
    """The limits of the highest tier up to `tier` that an account of `account_age` days has."""
    reached = [t for t in Tier if t.rank <= tier.rank and LIMITS[t].account_age <= account_age]
    return LIMITS[reached[-1]]


Figure = int | Decimal | None
# What somebody has used of a limit is known to the rooms above; each brings its counts here.
_counters: list[Callable[[User], Mapping[str, tuple[Figure, Figure]]]] = []


def counts_usage(
    counter: Callable[[User], Mapping[str, tuple[Figure, Figure]]],
) -> Callable[[User], Mapping[str, tuple[Figure, Figure]]]:
    """Decorates a function of an upper room: user → name of the limit → (what is allowed, what is used)."""
    _counters.append(counter)
    return counter


def usage_of(user: User) -> dict[str, tuple[Figure, Figure]]:
    """What `user` may have and has of the limits that some room counts; None is no limit."""
    return {name: figures for counter in _counters for name, figures in counter(user).items()}
