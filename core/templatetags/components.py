"""The components: one tag here and one template of the same name in templates/components/ each.

Settings make these tags builtins, so a template needs no `{% load %}`. A tag checks its arguments
and prepares what a template cannot (drawings, relative times, sums); the template is the markup.
Words that stand alone come translated from the caller: `{% button _("Accept") kind="primary" %}`.
The tags that show cards, lines, balances and figures are in exhibits.py and come along.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags import lucide as lucide_icons

from core import charts, faces, keyset, symbols, times
from core.money import format_money
from core.templatetags import exhibits
from core.templatetags.exhibits import render_component

register = template.Library()
register.tags.update(exhibits.register.tags)


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
    markup = lucide_icons.lucide(name, size=20, stroke_width="1.75", aria_hidden="true", **{"class": "icon"})
    return mark_safe(" ".join(markup.split()))


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
    return {"tier": symbols.symbol_of_tier(tier)}


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
    type: str = "submit",
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
def dialog(context: Context, content: str, *, id: str, title: str, open: bool = False) -> SafeString:
    """A native dialog. A link to `#id` opens it: modal with a script, as a box without.

    `open`: the form in it came back with errors, so it is not left to be found.
    """
    return render_component("dialog", {"content": content, "id": id, "title": title, "open": open})


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
    looks = {
        "success": ("ok", "circle-check"),
        "warning": ("warn", "triangle-alert"),
        "error": ("bad", "octagon-alert"),
    }
    tone, usual = looks.get(level, ("info", "info"))
    return {"text": text, "tone": tone, "icon": icon or usual}


@register.simple_block_tag(takes_context=True)
def notice(
    context: Context, content: str, *, title: str = "", tone: str = "info", icon: str = ""
) -> SafeString:
    """A remark that stays in the page, beside what it is about."""
    usual = {"ok": "circle-check", "warn": "triangle-alert", "bad": "octagon-alert"}.get(tone, "info")
    return render_component(
        "notice", {"content": content, "title": title, "tone": tone, "icon": icon or usual}
    )


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, *, icon: str, title: str) -> SafeString:
    """What stands where a list has nothing yet: says why, and the next step as its content."""
    return render_component("empty_state", {"content": content, "icon": icon, "title": title})


@register.simple_block_tag(takes_context=True)
def event(
    context: Context, content: str, *, icon: str, text: str, at: datetime, tone: str = "plain", id: str = ""
) -> SafeString:
    """A row of the timeline (an `<li>`); the content may hold a quote and diff rows."""
    return render_component(
        "event", {"content": content, "icon": icon, "text": text, "at": at, "tone": tone, "id": id}
    )


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
    id: str = "",
) -> dict[str, Any]:
    """A chat message; without `author` and `mine` a system line. `state` of an own one: sent or read."""
    return locals()
