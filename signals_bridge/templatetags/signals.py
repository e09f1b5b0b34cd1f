"""Figures of calls as people read them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signals_bridge.models import Action, Recommendation

register = template.Library()


@register.filter
def percent(share: Decimal | None) -> str:
    """`0.625` as `63 %`; an em dash for None."""
    return "—" if share is None else f"{number_format(round(share * 100), 0)} %"


@register.filter
def change(points: Decimal | None) -> SafeString:
    """`12.345` percent as `+12.3 %`, in the tone of its sign; an em dash for None."""
    if points is None:
        return format_html('<span class="money muted">{}</span>', "—")
    rounded = round(points, 1)
    sign, tone = ("", "") if not rounded else ("+", " up") if rounded > 0 else ("−", " down")
    return format_html('<span class="money{}">{}{} %</span>', tone, sign, number_format(abs(rounded), 1))


@register.filter
def verdict(signal: Recommendation) -> str:
    """What the prices said of an evaluated call; `is_hit` comes from `signals_seen_by`."""
    return {
        (Action.BUY, True): _("Right: it ended above the price at issue."),
        (Action.BUY, False): _("Wrong: it did not end above the price at issue."),
        (Action.SELL, True): _("Right: it ended below the price at issue."),
        (Action.SELL, False): _("Wrong: it did not end below the price at issue."),
        (Action.HOLD, True): _("Right: the price never moved by more than 7.5 %."),
        (Action.HOLD, False): _("Wrong: the price moved by more than 7.5 %."),
    }[Action(signal.action), bool(signal.is_hit)]  # type: ignore[attr-defined]  # annotated
