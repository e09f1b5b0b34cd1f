"""What the pages of a trade send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import Fault
from core.forms import Refusable
from core.text import is_invisible
from trades.models import CompletionMethod, Reason
from trades.models.disputes import LONGEST_TEXT


class VerbForm(Refusable, forms.Form):
    """An answer to what somebody saw: it carries the version they saw."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        """What the verb takes, by its own names."""
        return self.cleaned_data


class AcceptForm(VerbForm):
    """Where prices moved far since sending, the recipient says once more that they mean it."""

    prices_moved = forms.BooleanField(label=_("I accept at the prices of then"), required=False)

    def arguments(self) -> dict[str, Any]:
        return {"version": self.cleaned_data["version"]}


class DeclineForm(VerbForm):
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The other side reads this."),
        max_length=500,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    for_good = forms.BooleanField(label=_("Don’t offer me these cards again"), required=False)


class CancelForm(VerbForm):
    """Taking back one's own offer needs no reason."""

    def arguments(self) -> dict[str, Any]:
        return {"version": self.cleaned_data["version"]}


class CallOffForm(VerbForm):
    """An agreed trade is only called off with a reason."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The other side reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ask = forms.BooleanField(
        label=_("Only if the other side agrees"),
        help_text=_("A cancellation both agree on never counts against anybody."),
        required=False,
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if is_invisible(reason):
            raise forms.ValidationError(
                _("Say why: the other side has promised you their cards."), "required"
            )
        return reason


class ConfirmForm(VerbForm):
    completion_method = forms.ChoiceField(label=_("How you swapped"), choices=CompletionMethod.choices)
    completion_notes = forms.CharField(
        label=_("Notes"),
        help_text=_("Both of you can read them."),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ShipForm(VerbForm):
    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    tracking = forms.CharField(label=_("Tracking number"), max_length=100, required=False)


class DisputeForm(VerbForm):
    reason = forms.ChoiceField(label=_("What is wrong"), choices=Reason.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What happened"),
        help_text=_("The other side reads this, and a moderator if you cannot settle it."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class AnswerDisputeForm(VerbForm):
    text = forms.CharField(
        label=_("Your side of it"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )

    def field_of(self, fault: Fault) -> str | None:
        return "text" if fault.pointer == "/answer" else None


class PhotoForm(VerbForm):
    file = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, up to 5 MiB; six a side. Where it was taken is not kept."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    def arguments(self) -> dict[str, Any]:
        return {"file": self.cleaned_data["file"]}
