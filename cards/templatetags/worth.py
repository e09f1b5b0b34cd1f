"""What copies are worth, as people read it: always an estimate, always with its age."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from cards.models import Language

register = template.Library()


@register.inclusion_tag("cards/worth.html")
def worth(holding: Any, amount: Decimal | None = None) -> dict[str, Any]:
    """The value of one copy of a row from `cards.valuation`, or `amount` of it, and what it stands on."""
    return {
        "amount": holding.value if amount is None else amount,
        "days": price_age(holding.price_day),
        "is_english_price": holding.language != Language.EN,
    }


@register.simple_tag
def price_age(day: date | None) -> int | None:
    """Days since `day`; None without one."""
    return None if day is None else max((timezone.localdate() - day).days, 0)
