"""Why a match is one, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.limits import Tier
from cards.matching.statement import POINTS
from core.money import format_money

if TYPE_CHECKING:
    from cards.matching.matches import Match, Side

_NEARLY_EVEN = Decimal("0.85")


def reasons(match: Match) -> list[str]:
    """The reasons in the order of what they count for, the strongest of each kind only."""
    found = [
        _they_have(match.they_give),
        _you_have(match.i_give),
        _balance(match.they_give.value, match.i_give.value),
        _condition(match.points["condition"]),
        _tier(Tier(match.trader.trust_tier)),
        _country(match),
    ]
    return [reason for reason in found if reason]


def _they_have(side: Side) -> str:
    if not side.copies:
        return ""
    words = ngettext("Has %(count)d copy you want", "Has %(count)d copies you want", side.copies)
    return _worth(words % {"count": side.copies}, side)


def _you_have(side: Side) -> str:
    if not side.copies:
        return ""
    words = ngettext("Wants %(count)d copy of yours", "Wants %(count)d copies of yours", side.copies)
    return _worth(words % {"count": side.copies}, side)


def _worth(words: str, side: Side) -> str:
    """With the value, where anything is priced."""
    if not side.value:
        return words
    return _("%(what)s, %(value)s") % {"what": words, "value": format_money(side.value)}


def _balance(theirs: Decimal, mine: Decimal) -> str:
    if not theirs or not mine:
        return ""
    percent = int(min(theirs, mine) / max(theirs, mine) * 100)
    words = {"difference": format_money(abs(theirs - mine)), "percent": percent}
    if theirs == mine:
        return _("Exactly even")
    if min(theirs, mine) >= max(theirs, mine) * _NEARLY_EVEN:
        return _("Nearly even: %(difference)s apart (%(percent)s %%)") % words
    return _("%(difference)s apart (%(percent)s %%)") % words


def _condition(earned: float) -> str:
    share = earned / POINTS["condition"]
    if share > 0.95:
        return _("Near Mint throughout") if share > 0.999 else _("Nearly all Near Mint")
    return _("Played copies among them") if share < 0.75 else ""


def _tier(tier: Tier) -> str:
    return _("%(tier)s trader") % {"tier": tier.label.capitalize()} if tier.rank else ""


def _country(match: Match) -> str:
    if not match.points["country"]:
        return ""
    return _("In your country, %(country)s") % {"country": match.trader.country.name}
