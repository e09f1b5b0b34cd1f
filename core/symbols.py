"""Words with a sign: the icon and tone that go with a status, a tier, a call or a rarity.

Colour never speaks alone: every tone comes with an icon and its word. A word this list does not
know is shown plainly, so a room may add a status before it gets a sign.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Symbol:
    """`icon` is a lucide name; `tone` one of plain, info, ok, warn, bad, give, get."""

    word: str | Promise
    icon: str
    tone: str


STATUSES = {
    "draft": Symbol(_("Draft"), "pencil-line", "plain"),
    "pending": Symbol(_("Sent"), "send", "info"),
    "viewed": Symbol(_("Seen"), "eye", "info"),
    "accepted": Symbol(_("Accepted"), "handshake", "ok"),
    "declined": Symbol(_("Declined"), "x", "bad"),
    "countered": Symbol(_("Countered"), "repeat-2", "plain"),
    "cancelled": Symbol(_("Cancelled"), "ban", "plain"),
    "expired": Symbol(_("Expired"), "hourglass", "plain"),
    "completed": Symbol(_("Completed"), "circle-check", "ok"),
    "disputed": Symbol(_("In dispute"), "scale", "warn"),
    "under_review": Symbol(_("Under review"), "scale", "warn"),
    "resolved": Symbol(_("Resolved"), "gavel", "plain"),
    "active": Symbol(_("Running"), "activity", "info"),
    "closed": Symbol(_("Over"), "hourglass", "plain"),
    "evaluated": Symbol(_("Evaluated"), "gavel", "plain"),
    "void": Symbol(_("Void"), "ban", "plain"),
    "on_vacation": Symbol(_("Away"), "plane", "warn"),
}


def symbol_of_status(status: str, word: str = "") -> Symbol:
    """The sign of `status`; `word` replaces the usual word where a page needs another one."""
    known = STATUSES.get(status, Symbol(status.replace("_", " ").capitalize(), "circle", "plain"))
    return Symbol(word or known.word, known.icon, known.tone)


TIERS = {
    "new": _("New"),
    "bronze": _("Bronze"),
    "silver": _("Silver"),
    "gold": _("Gold"),
    "platinum": _("Platinum"),
    "diamond": _("Diamond"),
}


_BARS = ("M0 10h3.4v4H0z", "M5 8h3.4v6H5z", "M10 6h3.4v8H10z", "M15 4h3.4v10H15z", "M20 2h3.4v12H20z")


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier as rising bars in a box of 24 × 14: one more with each tier."""

    word: str | Promise
    reached: str  # paths
    ahead: str


def symbol_of_tier(tier: str) -> Tier:
    """The sign of `tier`; an unknown one counts as the lowest."""
    rank = list(TIERS).index(tier) if tier in TIERS else 0
    return Tier(TIERS.get(tier, tier), "".join(_BARS[:rank]), "".join(_BARS[rank:]))


@dataclass(frozen=True, slots=True)
class Call:
    """A recommendation's action: a shape that reads without its colour (▲ ▼ ■)."""

    word: str | Promise
    path: str  # in a box of 10 × 10
    tone: str


CALLS = {
    "BUY": Call(_("BUY"), "M5 1 10 9.5H0z", "ok"),
    "SELL": Call(_("SELL"), "M5 9.5 0 1h10z", "bad"),
    "HOLD": Call(_("HOLD"), "M1 1h8v8H1z", "plain"),
}


@dataclass(frozen=True, slots=True)
class Rarity:
    """A printed card's rarity mark: a shape of its own, drawn around 0,0 with a radius of 3."""

    word: str | Promise
    path: str


RARITIES = {
    "common": Rarity(_("common"), "M-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0"),
    "uncommon": Rarity(_("uncommon"), "M0-3.1 3.1 0 0 3.1-3.1 0z"),
    "rare": Rarity(_("rare"), "M0-3.6 1.05-1.05 3.6 0 1.05 1.05 0 3.6-1.05 1.05-3.6 0-1.05-1.05z"),
    "mythic": Rarity(
        _("mythic"),
        "M0-3.8.7-1.7 2.7-2.7 1.7-.7 3.8 0 1.7.7 2.7 2.7.7 1.7 0 3.8-.7 1.7-2.7 2.7-1.7.7-3.8 0"
        "-1.7-.7-2.7-2.7-.7-1.7z",
    ),
    "special": Rarity(_("special"), "M-1.6-2.8h3.2L3.2 0 1.6 2.8h-3.2L-3.2 0z"),
    "bonus": Rarity(_("bonus"), "M-2.7-2.7h5.4v5.4h-5.4z"),
}
