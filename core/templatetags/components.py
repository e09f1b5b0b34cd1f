"""The components: one tag here and one template of the same name in templates/components/ each.

Settings make these tags builtins, so a template needs no `{% load %}`. A tag checks its arguments
and prepares what a template cannot (drawings, relative times, sums); the template is the markup.
Words that stand alone come translated from the caller: `{% button _("Accept") kind="primary" %}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags import lucide as lucide_icons

from core import charts, faces, keyset, symbols, times
from core.money import format_money

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


# --- small things -----------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A lucide icon as inline SVG, 1.25 em high; silent for screen readers unless it has a label."""
    drawing = _icon(str(name))
    if not label:
        return drawing
    return format_html('{}<span class="visually-hidden">{}</span>', drawing, label)


@lru_cache(maxsize=256)
def _icon(name: str) -> SafeString:
    markup = lucide_icons.lucide(
        name, size=20, stroke_width="1.75", aria_hidden="true", **{"class": "icon"}
    )
    return mark_safe(" ".join(markup.split()))  # noqa: S308 — from the package's own files


@register.simple_tag
def money(amount: Decimal | int | None, signed: bool = False, currency: str = "") -> SafeString:
    """An amount with its currency, in one unbreakable piece; an em dash for None (unpriced)."""
    if amount is None:
        return format_html('<span class="money muted">{}</span>', "—")
    amount = Decimal(amount)
    tone = "" if not signed or not amount else " up" if amount > 0 else " down"
    return format_html(
        '<span class="money{}">{}</span>', tone, format_money(amount, signed=signed, currency=currency)
    )


@register.simple_tag
def money_text(amount: Decimal) -> str:
    """The same without markup, for a drawing's label."""
    return format_money(amount)


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """`3 hours ago`, with the exact time in the markup."""
    return _time(moment, times.ago(moment, timezone.now()))


@register.inclusion_tag("components/deadline.html")
def deadline(moment: datetime) -> dict[str, Any]:
    """`6 days left`; speaks up in the last 24 hours and when the time is up."""
    now = timezone.now()
    remaining = moment - now
    tone = "bad" if remaining <= timedelta() else "warn" if remaining <= times.URGENT else "plain"
    return {"tone": tone, "time": _time(moment, times.left(moment, now))}


def _time(moment: datetime, words: str) -> SafeString:
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{local:%Y-%m-%d %H:%M %Z}", words
    )


@register.inclusion_tag("components/avatar.html")
def avatar(name: str, size: str = "", presence: str = "", frame: bool = False) -> dict[str, Any]:
    """Initials in a disc. `size` small or large; `presence` here or idle; `frame` the silver ring."""
    return {
        "initials": faces.initials(name),
        "hue": faces.hue_of(name.lower()),
        "size": size,
        "presence": presence,
        "frame": frame,
    }


@register.inclusion_tag("components/tier_badge.html")
def tier_badge(tier: str) -> dict[str, Any]:
    """A trust tier as bars that rise and its word."""
    names = list(symbols.TIERS)
    rank = names.index(tier) if tier in names else 0
    bars = [{"x": i * 5, "y": 10 - 2 * i, "height": 4 + 2 * i, "on": i < rank} for i in range(5)]
    return {"bars": bars, "word": symbols.TIERS.get(tier, tier)}


@register.inclusion_tag("components/status_pill.html")
def status_pill(status: str, word: str = "") -> dict[str, Any]:
    """A status as icon and word, in its tone."""
    return {"symbol": symbols.symbol_of_status(status, word)}


@register.inclusion_tag("components/pill.html")
def pill(word: str, tone: str = "plain", icon: str = "") -> dict[str, Any]:
    """A short remark: `declared`, `2 in other offers`."""
    return {"word": word, "tone": tone, "icon": icon}


@register.inclusion_tag("components/call.html")
def call(action: str) -> dict[str, Any]:
    """BUY ▲, SELL ▼, HOLD ■."""
    return {"call": symbols.CALLS[action.upper()]}


@register.inclusion_tag("components/stars.html")
def stars(rating: Decimal | float | int | None, count: int | None = None) -> dict[str, Any]:
    """A rating of 1 … 5; with `count` an average over so many reviews. None: no reviews yet."""
    full = 0 if rating is None else min(max(round(float(rating)), 0), 5)
    return {"rating": rating, "full": "★" * full, "rest": "☆" * (5 - full), "count": count}


@register.inclusion_tag("components/meter.html")
def meter(label: str, value: Decimal | float, most: Decimal | float = 5, text: str = "") -> dict[str, Any]:
    """One figure of a scale from 0 to `most`, as a bar with its number (or `text`)."""
    return {"label": label, "value": value, "width": charts.share(value, most), "text": text}


# --- acting -----------------------------------------------------------------------------------


@register.inclusion_tag("components/button.html")
def button(
    label: str,
    *,
    kind: str = "",
    icon: str = "",
    href: str = "",
    name: str = "",
    value: str | int = "",
    form: str = "",
    type: str = "submit",  # noqa: A002 — the attribute's own name
    size: str = "",
    icon_only: bool = False,
    disabled: bool = False,
    busy: bool = False,
    describedby: str = "",
) -> dict[str, Any]:
    """A button, or with `href` a link that looks like one.

    `kind` primary, danger, quiet or "" (secondary); `size` large, full or "". An icon-only button
    keeps its label for those who cannot see the icon.
    """
    return locals()


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, *, id: str, title: str) -> SafeString:  # noqa: A002
    """A native dialog. A link to `#id` opens it: modal with a script, as a box without."""
    return _block("dialog", {"content": content, "id": id, "title": title})


@register.inclusion_tag("components/tabs.html")
def tabs(label: str, items: Sequence[Any]) -> dict[str, Any]:
    """Links between views of one thing. Each item: label, href, current, count (None: no count)."""
    return {"label": label, "items": items}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], label: str = "", param: str = "page") -> dict[str, Any]:
    """Previous and next of a paginator's page; keeps the rest of the query. Nothing on one page."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None

    def address(number: int) -> str:
        if query is None:
            return f"?{param}={number}"
        query[param] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "label": label,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("components/cursor_pager.html", takes_context=True)
def cursor_pager(context: Context, page: keyset.Page[Any], param: str = "page") -> dict[str, Any]:
    """Newer and older of a `core.keyset.Page`; keeps the rest of the query. Nothing on one page."""
    request = context.get("request")

    def address(cursor: str | None) -> str:
        query = request.GET.copy() if request is not None else QueryDict(mutable=True)
        query[param] = cursor or ""
        return f"?{query.urlencode()}" if cursor else ""

    return {"previous": address(page.previous), "next": address(page.next)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """One field of a form: label, help, control, errors. The same as `{{ field.as_field_group }}`."""
    return {"field": bound}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """All errors of a form with links to the fields; takes the focus when the page comes.

    `{{ form }}` brings it along; call it only where fields are placed one by one.
    """
    fields = [form[name] for name in form.errors if name in form.fields]
    problems = [
        {"target": bound.id_for_label or bound.auto_id, "label": bound.label, "text": text}
        for bound in fields
        for text in bound.errors
        if not bound.is_hidden
    ]
    hidden = [text for bound in fields for text in bound.errors if bound.is_hidden]
    return {"problems": problems, "general": [*form.non_field_errors(), *hidden]}


# --- telling ----------------------------------------------------------------------------------


@register.inclusion_tag("components/toast.html")
def toast(text: str, level: str = "info", icon: str = "") -> dict[str, Any]:
    """A passing remark. `level` is a message tag: success, info, warning, error."""
    looks = {"success": ("ok", "circle-check"), "warning": ("warn", "triangle-alert"), "error": ("bad", "octagon-alert")}
    tone, usual = looks.get(level, ("info", "info"))
    return {"text": text, "tone": tone, "icon": icon or usual}


@register.simple_block_tag(takes_context=True)
def notice(context: Context, content: str, *, title: str = "", tone: str = "info", icon: str = "") -> SafeString:
    """A remark that stays in the page, beside what it is about."""
    usual = {"ok": "circle-check", "warn": "triangle-alert", "bad": "octagon-alert"}.get(tone, "info")
    return _block("notice", {"content": content, "title": title, "tone": tone, "icon": icon or usual})


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, *, icon: str, title: str) -> SafeString:
    """What stands where a list has nothing yet: says why, and the next step as its content."""
    return _block("empty_state", {"content": content, "icon": icon, "title": title})


@register.simple_block_tag(takes_context=True)
def event(
    context: Context, content: str, *, icon: str, text: str, at: datetime, tone: str = "plain", id: str = ""  # noqa: A002
) -> SafeString:
    """A row of the timeline (an `<li>`); the content may hold a quote and diff rows."""
    return _block("event", {"content": content, "icon": icon, "text": text, "at": at, "tone": tone, "id": id})


_DIFFS = {"added": ("+", "ok"), "removed": ("−", "bad"), "changed": ("±", "info")}


@register.inclusion_tag("components/diff_row.html")
def diff_row(kind: str, text: str, change: Decimal | None = None, note: str = "") -> dict[str, Any]:
    """One change between two proposals (an `<li>`): added, removed or changed.

    `change` is the change in value for the reader, site currency; None where it has no price.
    """
    sign, tone = _DIFFS[kind]
    return {"kind": kind, "sign": sign, "tone": tone, "text": text, "change": change, "note": note}


@register.inclusion_tag("components/message.html")
def message(
    text: str,
    at: datetime,
    *,
    author: str = "",
    mine: bool = False,
    state: str = "",
    edited: bool = False,
    deleted: bool = False,
    warning: str = "",
    grouped: bool = False,
    id: str = "",  # noqa: A002
) -> dict[str, Any]:
    """A chat message; without `author` and `mine` a system line. `state` of an own one: sent or read."""
    return locals()


# --- cards and values -------------------------------------------------------------------------


@register.inclusion_tag("components/card_face.html")
def card_face(card: Printing, thumb: bool = False) -> dict[str, Any]:
    """A card's picture, or the drawing that stands for it (63:88). Always beside its name."""
    rarity = symbols.RARITIES.get(card.rarity, symbols.RARITIES["common"])
    return {"card": card, "face": faces.card_face(card.name, card.set_code), "rarity": rarity, "thumb": thumb}


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
    return _block(
        "item_line",
        {
            "content": mark_safe(content.strip()),  # noqa: S308 — a block of the same template
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
    give_label: str = "",
    get_label: str = "",
    sticky: bool = False,
    id: str = "balance",  # noqa: A002
) -> dict[str, Any]:
    """What the reader gives and gets, in counts, money and one bar.

    `give` and `get` are totals with cash; `verdict` the difference in words; `fairness` smaller by
    larger total in percent, None while a line is unpriced.
    """
    return {**locals(), "bar": charts.balance_bar(give, get)}


# --- charts -----------------------------------------------------------------------------------


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
def chart(drawing: charts.LineChart | None, title: str, *, unit: str = "money", id: str = "chart") -> dict[str, Any]:  # noqa: A002
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


def _block(name: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(f"components/{name}.html", context))  # noqa: S308 — our own template
