"""What the pages of calls send."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cards.models import Card
from cards.search import LONGEST_QUERY, narrowed
from core.forms import Refusable
from core.money import format_money
from signals_bridge.models import Action, Recommendation, SignalStatus, Source
from signals_bridge.models.publishers import LONGEST_NAME
from signals_bridge.models.recommendations import LONGEST_RATIONALE
from signals_bridge.rows import LONGEST_LIFE

MOST_IDS = 60  # cards or binder rows named in an address
MOST_SOURCES = 50  # offered to choose from
_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


def ids_in(text: str) -> list[int]:
    """The ids of a list with commas between; what is none is passed over."""
    numbers = [int(part) for part in text.split(",")[:MOST_IDS] if part.isdecimal() and len(part) < 19]
    return list(dict.fromkeys(numbers))


class IdsField(forms.CharField):
    """`7,8,9`; never an error."""

    def clean(self, value: Any) -> list[int]:
        return ids_in(str(value or ""))


class SignalFilterForm(forms.Form):
    """Nothing in a filter is ever an error: what makes no sense is passed over."""

    q = forms.CharField(label=_("Find a card"), max_length=LONGEST_QUERY, required=False)
    action = forms.ChoiceField(
        label=_("Call"), required=False, choices=[("", _("any call")), *((a, a.value) for a in Action)]
    )
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("any state")),
            (SignalStatus.ACTIVE, _("running")),
            (SignalStatus.CLOSED, _("over")),
            (SignalStatus.EVALUATED, _("evaluated")),
            (SignalStatus.VOID, _("void")),
        ],
    )
    source = forms.CharField(label=_("Source"), max_length=LONGEST_NAME, required=False, widget=forms.Select)
    card = IdsField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, sources: list[Source]) -> None:
        super().__init__(data)
        select = self.fields["source"]
        select.choices = [("", _("any source")), *((s.name, s.label) for s in sources)]  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Recommendation]) -> QuerySet[Recommendation]:
        asked = self.cleaned_data
        rows = narrowed(rows, asked.get("q", ""))
        wished = {
            "action": asked.get("action"),
            "status": asked.get("status"),
            "source__name": asked.get("source"),
            "card__in": asked.get("card"),
        }
        return rows.filter(**{name: value for name, value in wished.items() if value})

    @property
    def is_narrow(self) -> bool:
        return any(self.cleaned_data.values())


class PublishForm(Refusable, forms.Form):
    """A call of one's own on one printing, at the price of the moment it is sent."""

    finish = forms.ChoiceField(label=_("Finish"), widget=forms.RadioSelect)
    action = forms.ChoiceField(
        label=_("Your call"),
        widget=forms.RadioSelect,
        choices=[
            (Action.BUY, _("BUY: it will rise to the target")),
            (Action.SELL, _("SELL: it will fall to the target")),
            (Action.HOLD, _("HOLD: it will stay where it is")),
        ],
    )
    target_price = forms.DecimalField(
        label=_("Target"),
        help_text=_("Above the price for BUY, below it for SELL; empty for HOLD."),
        max_digits=10,
        decimal_places=2,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    confidence = forms.IntegerField(
        label=_("How sure you are, in percent"),
        help_text=_("Your record compares this with how often you are right: 50 is a coin."),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    valid_until = forms.DateField(
        label=_("Its last day"),
        help_text=_("Followers need seven days for it to count; a year at most. Days end at midnight UTC."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    rationale = forms.CharField(
        label=_("Why"),
        help_text=_("Plain text, for everybody to read."),
        max_length=LONGEST_RATIONALE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, data: Any = None, *, card: Card, prices: dict[str, Decimal], today: date) -> None:
        super().__init__(data)
        self.card = card
        self.fields["finish"].choices = [(f, _priced(f, prices[f])) for f in card.finishes if f in prices]  # type: ignore[attr-defined]
        self.fields["finish"].initial = next(iter(prices), None)
        attrs = self.fields["valid_until"].widget.attrs
        attrs["min"], attrs["max"] = str(today), str(today + LONGEST_LIFE - timedelta(days=1))

    def said(self) -> dict[str, Any]:
        """The call as JSON says it (rows.NewCall)."""
        typed = self.cleaned_data
        target = typed["target_price"]
        return {
            "card": self.card.pk,
            "finish": typed["finish"],
            "action": typed["action"],
            "target_price": None if target is None else f"{target:.2f}",
            "confidence": f"{Decimal(typed['confidence']) / 100:.2f}",
            "rationale": typed["rationale"],
            "valid_until": datetime.combine(typed["valid_until"], _LAST_SECOND).isoformat(),
        }


def _priced(finish: str, price: Decimal) -> str:
    return f"{finish}, {format_money(price)}"
