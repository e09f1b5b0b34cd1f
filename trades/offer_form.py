"""The form of an offer: what lies on the table, and on which terms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.errors import Fault
from core.forms import Refusable
from trades.models import CompletionMethod, Side
from trades.models.items import MOST_COPIES
from trades.models.proposals import MOST_CASH
from trades.table import Table, TableLine
from trades.terms import SIDE_POINTER, Line, Terms

ME, THEM = "me", "them"
LIVES = (1, 2, 3, 5, 7, 10, 14)  # days
_LINE = re.compile(r"(/proposer_offers|/proposer_wants)/(\d+)/(\w+)\Z")
_FIELDS = {
    "/proposer_adds_cash": "cash",
    "/recipient_adds_cash": "cash",
    "/expires_in_days": "life_days",
    "/completion_method": "completion_method",
    "/message": "message",
}


class OfferForm(Refusable, forms.Form):
    """One field for each number on the table, and those of the terms. Always bound: a page that is
    opened is filled in from what is there already."""

    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)  # of what is answered
    cash = forms.DecimalField(
        label=gettext_lazy("Cash"),
        required=False,
        min_value=0,
        max_value=MOST_CASH,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}),
    )
    cash_from = forms.ChoiceField(
        label=gettext_lazy("Who adds it"), choices=[(ME, ""), (THEM, "")], required=False
    )
    completion_method = forms.ChoiceField(
        label=gettext_lazy("How you swap"), choices=CompletionMethod.choices, required=False
    )
    life_days = forms.TypedChoiceField(
        label=gettext_lazy("Open for"), coerce=int, empty_value="7", required=False
    )
    message = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Mapping[str, Any], lines: Sequence[TableLine], partner: User) -> None:
        super().__init__(data, auto_id="%s")
        self.lines = lines
        self._choice("cash_from").choices = [(ME, _("from you")), (THEM, _("from %s") % partner.name)]
        self._choice("life_days").choices = _lives(data.get("life_days", ""))
        for line in lines:
            self._add_line(line)

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (declared above)
        return field

    def _add_line(self, line: TableLine) -> None:
        name = line.item.card.name
        self.fields[f"quantity-{line.holding.pk}"] = forms.IntegerField(
            label=_("Copies of %s") % name, min_value=1, max_value=MOST_COPIES
        )
        if not line.has_price:
            self.fields[f"declared-{line.holding.pk}"] = forms.DecimalField(
                label=_("Your price for %s") % name,
                required=False,
                min_value=0,
                max_value=MOST_CASH,
                decimal_places=2,
            )

    def cash_parts(self) -> tuple[Decimal, Decimal]:
        """What the reader adds and what the partner adds; nothing while the amount makes no sense."""
        cash = self.cleaned_data.get("cash") or Decimal(0)
        is_theirs = self.cleaned_data.get("cash_from") == THEM
        return (Decimal(0), cash) if is_theirs else (cash, Decimal(0))

    def terms(self) -> Terms:
        """What a valid form says."""
        given = self.cleaned_data
        mine, theirs = self.cash_parts()
        return Terms(
            offers=self._lines_of(Side.OFFER),
            wants=self._lines_of(Side.WANT),
            proposer_adds_cash=mine,
            recipient_adds_cash=theirs,
            message=given["message"],
            life_days=int(given["life_days"]),
            completion_method=given["completion_method"] or CompletionMethod.MAIL,
        )

    def _lines_of(self, side: Side) -> tuple[Line, ...]:
        return tuple(
            Line(
                line.holding.pk,
                self.cleaned_data[f"quantity-{line.holding.pk}"],
                self.cleaned_data.get(f"declared-{line.holding.pk}"),
            )
            for line in self.lines
            if line.side == side
        )

    def field_of(self, fault: Fault) -> str | None:
        at = _LINE.match(fault.pointer)
        if at is None:
            return _FIELDS.get(fault.pointer)
        side = next(side for side, pointer in SIDE_POINTER.items() if pointer == at[1])
        line = [line for line in self.lines if line.side == side][int(at[2])]
        prefix = "declared" if at[3] == "declared_price" else "quantity"
        return f"{prefix}-{line.holding.pk}"

    def errors_of(self, line: TableLine) -> list[str]:
        names = (f"quantity-{line.holding.pk}", f"declared-{line.holding.pk}")
        return [str(text) for name in names for text in self.errors.get(name, [])]


def _lives(chosen: Any) -> list[tuple[int, str]]:
    lives = {*LIVES, int(chosen)} if str(chosen) in map(str, range(1, 15)) else set(LIVES)
    return [(days, _("%s days") % days if days > 1 else _("1 day")) for days in sorted(lives)]


def typed(table: Table, terms: Terms) -> QueryDict:
    """What a form would have posted that says `terms`, with `table` on it."""
    data = QueryDict(mutable=True)
    is_theirs = bool(terms.recipient_adds_cash)
    data["cash"] = str(terms.recipient_adds_cash or terms.proposer_adds_cash or "")
    data["cash_from"] = THEM if is_theirs else ME
    data["completion_method"] = terms.completion_method
    data["life_days"] = str(terms.life_days)
    data["message"] = terms.message
    lay(data, table)
    return data


def lay(data: QueryDict, table: Table) -> None:
    """Write the numbers of `table` into `data`, in place of what was typed."""
    for _side, holding_id, entry in table.entries():
        data[f"quantity-{holding_id}"] = entry.quantity
        data[f"declared-{holding_id}"] = entry.declared
