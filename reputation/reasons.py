"""Why a score is what it is: one line a cause, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import format_money
from reputation.scoring import FOLLOWS_TO_COUNT
from reputation.services.recording import LEAST_GIVEN
from reputation.standing import Standing


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the score: what it is called, its points, and where they come from."""

    name: str
    points: float
    text: str
    icon: str


def reasons_for(standing: Standing) -> list[Reason]:
    """The parts that add up to the score, before the loss for inactivity."""
    parts, figures = standing.parts, standing.figures
    return [
        Reason(_("Trades"), parts.trades, _trades(standing), "arrow-left-right"),
        Reason(_("Reviews"), parts.reviews, _reviews(standing), "star"),
        Reason(
            _("Signals"),
            parts.signals,
            _signals(figures["signals_profitable"], standing),
            "trending-up",
        ),
        Reason(_("Verification"), parts.verification, _verification(standing), "shield-check"),
        Reason(
            _("Conduct"),
            -parts.penalties,
            _("Counted cancellations, lost disputes and blocks, together."),
            "scale",
        ),
    ]


def _trades(standing: Standing) -> str:
    counted = sum(standing.facts.trades_per_partner)
    if not counted:
        return _("None that counts yet: each side has to give %(least)s or more.") % {
            "least": format_money(LEAST_GIVEN)
        }
    partners = len(standing.facts.trades_per_partner)
    trades = ngettext("%(n)s trade that counts", "%(n)s trades that count", counted) % {"n": counted}
    people = ngettext("with %(n)s trader", "with %(n)s traders", partners) % {"n": partners}
    return f"{trades}, {people}. {_('Each further one with the same partner weighs less: ½, ⅓, ¼ …')}"


def _reviews(standing: Standing) -> str:
    count = len(standing.facts.reviews)
    if not count:
        return _("None that counts yet.")
    stars = sum(rating for _reviewer, rating in standing.facts.reviews) / count
    said = ngettext("%(n)s review", "%(n)s reviews", count) % {"n": count}
    average = _("%(stars).1f stars on average; a few reviews are drawn towards 3.5.") % {"stars": stars}
    return f"{said}, {average}"


def _signals(profitable: int, standing: Standing) -> str:
    followed = standing.facts.signals_followed
    if followed < FOLLOWS_TO_COUNT:
        return _("They count from %(n)s evaluated follows on.") % {"n": FOLLOWS_TO_COUNT}
    return _("%(good)s of %(all)s followed calls were right; at most a fifth of trades and reviews.") % {
        "good": profitable,
        "all": followed,
    }


def _verification(standing: Standing) -> str:
    done = [
        *([_("e-mail address, 10")] if standing.facts.email_verified else []),
        *([_("second factor, 20")] if standing.facts.second_factor else []),
    ]
    return ", ".join(done) if done else _("Nothing verified yet.")
