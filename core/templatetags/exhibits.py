"""The components that show something of worth: cards, lines, balances, histograms and charts.

Loaded together with components.py; the same rules hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from core import charts, faces, symbols

register = template.Library()


class Printing(Protocol):
    """What a card must tell to be drawn; `image_uri` "" when there is no picture."""

    name: str
    set_code: str
    collector_number: str
    rarity: str
    image_uri: str


class Copy(Protocol):
    """A row that is some copies of one printing: a holding, a want, a proposal's line.

    Templates also ask it for `language`, `variant`, `get_…_display` and, on a proposal's line,
    `unit_price`, `price_as_of`, `declared` and `line_value`.
    """

    card: Any
    quantity: int


def render_component(name: str, context: dict[str, Any]) -> SafeString:
    """The template of a component that wraps other markup."""
    return mark_safe(render_to_string(f"components/{name}.html", context))


@register.inclusion_tag("components/card_face.html")
def card_face(card: Printing, thumb: bool = False) -> dict[str, Any]:
    """A card's picture, or the drawing that stands for it (63:88). Always beside its name."""
    rarity = symbols.RARITIES.get(card.rarity, symbols.RARITIES["common"])
    face = faces.card_face(card.name, card.set_code)
    return {"card": card, "picture": _picture(card), "face": face, "rarity": rarity, "thumb": thumb}


def _picture(card: Printing) -> str:
    """The picture's address, "" where the Content-Security-Policy would leave an empty frame."""
    shown = any(card.image_uri.startswith(f"{origin}/") for origin in settings.CARD_IMAGE_ORIGINS)
    return card.image_uri if shown else ""


@register.inclusion_tag("components/card_tile.html")
def card_tile(
    card: Printing,
    *,
    copy: Any = None,
    value: Decimal | None = None,
    quantity: int | None = None,
    quantity_label: str = "",
    note: str = "",
    href: str = "",
    submit_name: str = "",
    submit_value: str | int = "",
    action: str = "",
    chosen: bool = False,
    disabled: bool = False,
    priced: bool = True,
) -> dict[str, Any]:
    """A card in a grid: plain, a link (`href`) or a submit button (`submit_name`, with `action` said aloud).

    `copy` adds finish, condition and language; `note` warns, as of another open offer.
    """
    return {**locals(), "rarity": symbols.RARITIES.get(card.rarity)}


@register.simple_block_tag(takes_context=True)
def item_line(
    context: Context, content: str, item: Copy, *, href: str = "", gone: bool = False, claims: int = 0
) -> SafeString:
    """A line of a proposal (an `<li>`): what, in which state, at which price and how old that is.

    `claims` counts the other open offers with the same copies; `gone`: no longer to be had. The
    content is the line's form, where there is one.
    """
    price_as_of: date | None = getattr(item, "price_as_of", None)
    return render_component(
        "item_line",
        {
            "content": mark_safe(content.strip()),
            "item": item,
            "href": href,
            "gone": gone,
            "claims": claims,
            "price_days": (timezone.localdate() - price_as_of).days if price_as_of else None,
        },
    )


@register.inclusion_tag("components/balance.html")
def balance(
    give: Decimal,
    get: Decimal,
    *,
    give_count: int,
    get_count: int,
    verdict: str,
    fairness: int | None = None,
    unpriced: bool = False,
    give_label: str = "",
    get_label: str = "",
    sticky: bool = False,
    id: str = "balance",
) -> dict[str, Any]:
    """What the reader gives and gets, in counts, money and one bar.

    `give` and `get` are totals with cash; `verdict` the difference in words; `fairness` smaller by
    larger total in percent, None for a gift, and while a line is `unpriced` (which is then said).
    """
    return {**locals(), "bar": charts.balance_bar(give, get)}


@register.inclusion_tag("components/histogram.html")
def histogram(counts: Mapping[int, int], caption: str) -> dict[str, Any]:
    """Reviews by stars, five first. `counts` maps 1 … 5 to how many."""
    total = sum(counts.values())
    rows = [
        {"stars": n, "count": counts.get(n, 0), "width": charts.share(counts.get(n, 0), total)}
        for n in range(5, 0, -1)
    ]
    return {"rows": rows, "caption": caption}


@register.inclusion_tag("components/chart.html")
def chart(
    drawing: charts.LineChart | None, title: str, *, unit: str = "money", id: str = "chart"
) -> dict[str, Any]:
    """A line over time with its table. `drawing` from core.charts.line_chart; `unit` money or number."""
    return {
        "chart": drawing,
        "title": title,
        "unit": unit,
        "id": id,
        "top": charts.PLOT_TOP,
        "height": charts.PLOT_HEIGHT,
        "bottom": charts.PLOT_TOP + charts.PLOT_HEIGHT + 22,
    }
