"""What the pages of reputation send."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.forms import Refusable
from core.text import is_invisible
from reputation.models import RATINGS, SUB_RATINGS, TradeReview
from reputation.services.reviews import LONGEST_COMMENT, LONGEST_REPLY

_WORDS = {
    5: _("5: just as promised"),
    4: _("4: good"),
    3: _("3: so-so"),
    2: _("2: poor"),
    1: _("1: I would not trade again"),
}


def _drawn(stars: int) -> SafeString:
    """The stars to look at, the words to hear."""
    return format_html(
        '<span class="stars"><span aria-hidden="true">{}{}</span></span> {}',
        "★" * stars,
        "☆" * (5 - stars),
        _WORDS[stars],
    )


_drawn_lazily = lazy(_drawn, SafeString)


def _stars(label: Any) -> forms.TypedChoiceField:
    choices = [("", _("not given")), *[(n, f"{n} {'★' * n}") for n in range(5, 0, -1)]]
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, empty_value=None, required=False)


class ReviewForm(Refusable, forms.Form):
    """Stars first; everything else may be left out."""

    overall_rating = forms.TypedChoiceField(
        label=_("How was it?"),
        choices=[(n, _drawn_lazily(n)) for n in range(5, 0, -1)],
        coerce=int,
        widget=forms.RadioSelect,
    )
    communication_rating = _stars(_("Communication"))
    packaging_rating = _stars(_("Packaging"))
    accuracy_rating = _stars(_("Accuracy"))
    speed_rating = _stars(_("Speed"))
    comment = forms.CharField(
        label=_("In your words"),
        help_text=_("Everybody can read it once both reviews are open."),
        max_length=LONGEST_COMMENT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @classmethod
    def of(cls, review: TradeReview | None) -> ReviewForm:
        """Blank, or with what was said so far."""
        names = (*RATINGS, "comment")
        return cls(initial={name: getattr(review, name) for name in names} if review else None)

    @property
    def details(self) -> list[forms.BoundField]:
        return [self[name] for name in SUB_RATINGS]

    @property
    def has_details(self) -> bool:
        return any(field.value() or field.errors for field in self.details)

    def arguments(self) -> dict[str, Any]:
        """What `submit_review` takes, by its own names."""
        said = self.cleaned_data
        return {"ratings": {name: said[name] for name in RATINGS}, "comment": said["comment"]}


class ReplyForm(Refusable, forms.Form):
    text = forms.CharField(
        label=_("Your reply"),
        help_text=_("Once, in public, within 30 days."),
        max_length=LONGEST_REPLY,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if is_invisible(text):
            raise forms.ValidationError(_("Write something."), code="required")
        return text
