"""The style page's examples: every component in every state (templates/styleguide/index.html)."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import sin
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone

from core import keyset, samples, symbols
from core.charts import Level, Mark, Point, line_chart


class SampleForm(forms.Form):
    """One field of each kind; sent back with its errors to show how they look."""

    name = forms.CharField(label="Display name", max_length=30, help_text="What other traders read.")
    email = forms.EmailField(label="E-mail", help_text="Never shown to anybody.")
    country = forms.ChoiceField(
        label="Country", choices=[("", "Choose…"), ("DE", "Germany"), ("JP", "Japan")]
    )
    cash = forms.DecimalField(label="Cash you add", min_value=0, decimal_places=2, required=False)
    message = forms.CharField(label="Message", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    method = forms.ChoiceField(
        label="How you hand over",
        choices=[("mail", "By mail"), ("in_person", "In person")],
        widget=forms.RadioSelect,
        initial="mail",
    )
    agree = forms.BooleanField(label="I have read the house rules", help_text="They fit on one page.")


PARTS = (
    ("convention", "How to use it", ""),
    ("colours", "Colours", "var(--accent)"),
    ("type", "Type", ""),
    (
        "button",
        "Button",
        "{% button label kind= icon= href= name= value= size= icon_only= disabled= busy= %}",
    ),
    ("field", "Field and error summary", "{{ form }} · {% field form.name %} · {% error_summary form %}"),
    ("card_tile", "Card face and tile", "{% card_face card thumb= %} · {% card_tile card copy= value= … %}"),
    ("item_line", "Item line", "{% item_line item href= gone= claims= %}…{% enditem_line %}"),
    ("balance", "Balance", "{% balance give get give_count= get_count= verdict= fairness= sticky= %}"),
    ("event", "Event", "{% event icon= text= at= tone= %}…{% endevent %}"),
    ("diff_row", "Diff row", "{% diff_row kind text change note= %}"),
    ("message", "Message", "{% message text at author= mine= state= edited= deleted= warning= %}"),
    (
        "badges",
        "Tier, status, call, time, stars",
        "{% tier_badge %} {% status_pill %} {% call %} {% pill %} {% deadline %} {% when %} {% stars %}",
    ),
    ("avatar", "Avatar", "{% avatar name size presence= frame= %}"),
    ("money", "Money", "{% money amount signed= currency= %}"),
    (
        "histogram",
        "Histogram and meter",
        "{% histogram counts caption %} · {% meter label value most text %}",
    ),
    ("chart", "Chart", "{% chart drawing title unit= id= %} · core.charts.line_chart"),
    ("tabs", "Tabs", "{% tabs label items %}"),
    ("notice", "Notice and toast", "{% notice title= tone= %}…{% endnotice %} · {% toast text level %}"),
    ("pager", "Pager", "{% pager page %} · {% cursor_pager page %}"),
    ("empty_state", "Empty state", "{% empty_state icon= title= %}…{% endempty_state %}"),
    ("rows", "Panel, rows, facts, next step", "class: panel, rows, row, facts, figures, next-step"),
    ("dialog", "Dialog", "{% dialog id= title= %}…{% enddialog %}, opened by a link to #id"),
)


def styleguide_context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    paginator = Paginator(range(7 * 20), 20)
    return {
        "parts": [
            {"slug": slug, "title": title, "tag": tag, "template": f"styleguide/{slug}.html"}
            for slug, title, tag in PARTS
        ],
        "cards": samples.CARDS,
        "statuses": symbols.STATUSES,
        "tiers": symbols.TIERS,
        "calls": symbols.CALLS,
        "colours": [
            *("bg", "surface", "sunken", "line", "control", "ink", "muted", "accent"),
            *("give", "get", "ok", "warn", "bad"),
        ],
        "form": SampleForm(auto_id="blank_%s"),
        "bad_form": SampleForm({"name": "", "email": "inkwell at home", "cash": "-2"}, auto_id="bad_%s"),
        "lines": _lines(),
        "moments": [now - timedelta(seconds=20), now - timedelta(hours=5), now - timedelta(days=40)],
        "deadlines": [now + timedelta(days=6, hours=2), now + timedelta(hours=11), now - timedelta(hours=2)],
        "an_hour_ago": now - timedelta(hours=1),
        "counts": {5: 31, 4: 6, 3: 1, 2: 0, 1: 1},
        "prices": _price_chart(now),
        "score": line_chart(_curve(now, 180, Decimal(120), Decimal("1.6"))),
        "tabs": [
            samples.SampleTab("Needs you", "#tabs", True, 3),
            samples.SampleTab("Waiting", "#tabs", False, 12),
            samples.SampleTab("Under way", "#tabs", False, 2),
            samples.SampleTab("Done", "#tabs", False),
        ],
        "pages": [paginator.page(1), paginator.page(3), paginator.page(7)],
        "cursors": keyset.Page([], next="later", previous="earlier"),
        "sample": samples.negotiation(now),
        "gain": Decimal("3.00"),
        "loss": Decimal("-6.40"),
        "nothing": Decimal("0.00"),
        "big": Decimal("12480.50"),
    }


def _lines() -> dict[str, samples.SampleCopy]:
    copy = samples.SampleCopy
    return {
        "plain": copy(samples.SNAPCASTER, Decimal("18.40")),
        "several": copy(samples.PATH, Decimal("1.60"), quantity=2, condition="LP"),
        "foreign": copy(samples.LILIANA, Decimal("41.20"), finish="foil", language="ja", variant="signed"),
        "declared": copy(samples.STUDY, Decimal("28.00"), declared=True, price_as_of=None),
        "unpriced": copy(samples.ELVES, None, price_as_of=None),
    }


def _curve(now: datetime, days: int, start: Decimal, slope: Decimal) -> list[Point]:
    """A series that wanders: the same for the same arguments."""
    return [
        Point(
            (now - timedelta(days=days - i)).date(),
            (
                start + slope * i + Decimal(sin(i / 9) * float(start) / 12 + sin(i / 2.3) * float(start) / 40)
            ).quantize(Decimal("0.01")),
        )
        for i in range(days + 1)
    ]


def _price_chart(now: datetime) -> Any:
    points = _curve(now, 90, Decimal("14.20"), Decimal("0.035"))
    return line_chart(
        points,
        levels=[Level(Decimal("20.50"), "Target $20.50", "ok")],
        marks=[Mark(points[28], "You followed"), Mark(points[-1], "Now", "ok")],
    )
