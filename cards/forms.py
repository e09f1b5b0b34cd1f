"""What the pages of cards, binders and want lists send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.limits import Tier
from cards.errors import CardError
from cards.imports import MOST_BYTES
from cards.models import Card, Condition, Finish, Language, Variant
from cards.rows import MOST_COPIES
from cards.search import LONGEST_QUERY
from cards.services import MOST_WANTED, NewHolding, NewWant
from core.forms import Refusable

ANY = ("", _("any"))


class _Form(Refusable, forms.Form):
    def carries_out(self, verb: Callable[[], object]) -> bool:
        """Call `verb` if what was sent is valid; a rule's "no" becomes an error of the form.

        An unknown row is not the form's to tell: CardError 404 goes on.
        """
        if not self.is_valid():
            return False
        try:
            verb()
        except CardError as error:
            if error.status == 404:
                raise
            self.refuse(error)
        return not self.errors


def _number(label: Any, **options: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, widget=widget, **options)


# --- binder ---------------------------------------------------------------------------------
class QuantitiesForm(_Form):
    """How many there are, and how many of them may be asked for."""

    quantity = _number(_("Own"), min_value=1, max_value=MOST_COPIES)
    for_trade = _number(_("For trade"), min_value=0, max_value=MOST_COPIES)


class HoldingForm(QuantitiesForm):
    """Copies of one printing; finishes in which it was never printed are not offered."""

    finish = forms.ChoiceField(label=_("Finish"), choices=Finish.choices)
    condition = forms.ChoiceField(label=_("Condition"), choices=Condition.choices)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices, initial=Language.EN)
    variant = forms.ChoiceField(label=_("Special"), choices=Variant.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("Others read it: “signed by the artist”."),
    )
    quantity = _number(_("Copies"), min_value=1, max_value=MOST_COPIES)
    field_order = ("quantity", "for_trade", "finish", "condition", "language", "variant", "note")

    def __init__(self, *args: Any, card: Card, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.card = card
        finish = self.fields["finish"]
        assert isinstance(finish, forms.ChoiceField)  # noqa: S101  (declared above)
        finish.choices = [choice for choice in Finish.choices if choice[0] in card.finishes]

    def new_holding(self) -> NewHolding:
        return NewHolding(card_id=self.card.pk, **self.cleaned_data)


class ShelfFilterForm(forms.Form):
    """Somebody else's binder. Nothing in a filter is ever an error: what makes no sense is passed over."""

    q = forms.CharField(label=_("Find"), max_length=LONGEST_QUERY, required=False)
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("dearest first")), ("newest", _("newest first")), ("name", _("by name"))],
    )


class BinderFilterForm(forms.Form):
    q = forms.CharField(label=_("Find"), max_length=LONGEST_QUERY, required=False)
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("all rows")),
            ("for_trade", _("for trade")),
            ("kept", _("not for trade")),
            ("reserved", _("promised")),
        ],
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("newest first")), ("name", _("by name")), ("value", _("dearest first"))],
    )


_OR_BETTER = [
    (Condition.DMG, _("any")),
    *[
        (name, format_lazy(_("{condition} or better"), condition=name.label))
        for name in Condition
        if name != Condition.DMG
    ],
]


# --- wants ----------------------------------------------------------------------------------
class WantQuantityForm(_Form):
    quantity = forms.IntegerField(
        label=_("Copies"),
        min_value=1,
        max_value=MOST_WANTED,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class WantsFilterForm(forms.Form):
    q = forms.CharField(label=_("Find"), max_length=LONGEST_QUERY, required=False)
    order = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("newest first")), ("name", _("by name"))]
    )


class WantForm(WantQuantityForm):
    """A wish for this printing, or for the card in any."""

    any_printing = forms.BooleanField(label=_("Any printing will do"), required=False)
    least_condition = forms.ChoiceField(label=_("Condition"), choices=_OR_BETTER, initial=Condition.DMG)
    finish = forms.ChoiceField(label=_("Finish"), choices=[ANY, *Finish.choices], required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[ANY, *Language.choices], required=False)
    max_price = forms.DecimalField(
        label=_("At most, a copy"), min_value=0, max_digits=10, decimal_places=2, required=False,
        help_text=_("Dearer ones do not come up as matches."),
    )  # fmt: skip
    accepts_gold_bordered = forms.BooleanField(label=_("Also gold-bordered collectors’ sets"), required=False)

    def __init__(self, *args: Any, card: Card, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.card = card
        if card.oracle_id is None:
            del self.fields["any_printing"]

    def wish(self) -> dict[str, Any]:
        """The keywords of a want, by the names of its columns."""
        values = dict(self.cleaned_data)
        any_printing = values.pop("any_printing", False)
        return {
            **values,
            "card_id": None if any_printing else self.card.pk,
            "oracle_id": self.card.oracle_id if any_printing else None,
        }

    def new_want(self) -> NewWant:
        return NewWant(**self.wish())


# --- import ---------------------------------------------------------------------------------
class WantsImportForm(_Form):
    """A file or pasted lines, and what is to become of them."""

    pasted = forms.CharField(
        label=_("Paste a list"),
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "4 Lightning Bolt (2X2) 117\n1 Sol Ring"}),
    )
    file = forms.FileField(
        label=_("Or choose a file"),
        required=False,
        help_text=_("CSV as Deckbox, Moxfield, ManaBox, Archidekt and others export it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.gz,text/csv,text/plain"}),
    )
    mode = forms.ChoiceField(
        label=_("What is there already"),
        choices=[("add", _("stays, these come on top")), ("replace", _("is replaced by this list"))],
        widget=forms.RadioSelect,
        initial="add",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not (given.get("pasted") or "").strip():
            self.add_error("pasted", _("Paste some lines, or choose a file."))
        return given

    def content(self) -> bytes | str:
        file = self.cleaned_data["file"]
        return file.read() if file else str(self.cleaned_data["pasted"])

    def answers(self) -> dict[str, str]:
        """What was asked besides the list itself, as the query of the preview."""
        return {name: self.cleaned_data[name] for name in ("mode", "for_trade") if name in self.fields}


class BinderImportForm(WantsImportForm):
    for_trade = forms.ChoiceField(
        label=_("For trade are"),
        choices=[
            ("column", _("as many as the file says")),
            ("all", _("all copies")),
            ("none", _("none of them")),
        ],
        widget=forms.RadioSelect,
        initial="column",
    )


_FROM_TIER = [(tier, format_lazy(_("{tier} and up"), tier=tier.label)) for tier in Tier if tier.rank]


# --- people ---------------------------------------------------------------------------------
class TraderFilterForm(forms.Form):
    q = forms.CharField(label=_("Name"), max_length=50, required=False)
    country = forms.ChoiceField(
        label=_("Country"), choices=[("", _("all countries")), *countries], required=False
    )
    tier = forms.ChoiceField(label=_("Trust"), choices=[("", _("any trust")), *_FROM_TIER], required=False)
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("most trusted")), ("seen", _("here lately")), ("name", _("by name"))],
    )
