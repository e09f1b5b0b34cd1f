"""What the pages of chat send."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import Refusable
from messaging.models import LONGEST_CONTENT, Attachment
from messaging.services.sending import Attached

BIGGEST_ID = 2**63 - 1


class _Words(forms.CharField):
    """Text as it was typed, whichever way a browser ends its lines; the services judge it."""

    def __init__(self, **options: Any) -> None:
        attrs = {"rows": 1, "maxlength": LONGEST_CONTENT, **options.pop("attrs", {})}
        super().__init__(strip=False, required=False, widget=forms.Textarea(attrs=attrs), **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class MessageForm(Refusable, forms.Form):
    """One message; `client_id` makes that a second press sends it once."""

    client_id = forms.CharField(widget=forms.HiddenInput)
    content = _Words(label=_("Message"), attrs={"placeholder": _("Write a message")})
    seen = forms.IntegerField(
        min_value=0, max_value=BIGGEST_ID, required=False, widget=forms.HiddenInput
    )  # the last number on the page with the form
    attachment_type = forms.ChoiceField(choices=Attachment.choices, required=False, widget=forms.HiddenInput)
    attachment_id = forms.IntegerField(
        min_value=1, max_value=BIGGEST_ID, required=False, widget=forms.HiddenInput
    )

    @classmethod
    def blank(cls, seen: int = 0) -> MessageForm:
        return cls(initial={"client_id": uuid4().hex, "seen": seen})

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if bool(asked.get("attachment_type")) != bool(asked.get("attachment_id")):
            raise forms.ValidationError(_("There is nothing of this kind that you could show."))
        return asked

    def arguments(self) -> dict[str, Any]:
        """What `send_message` takes, by its own names."""
        asked = self.cleaned_data
        kind = asked["attachment_type"]
        return {
            "client_id": asked["client_id"],
            "content": asked["content"],
            "attached": Attached(Attachment(kind), asked["attachment_id"]) if kind else None,
        }

    def start_anew(self) -> None:
        """Another `client_id`: the one of this form has been used for other words."""
        typed = {name: self.data.get(name, "") for name in self.fields}
        self.data = {**typed, "client_id": uuid4().hex}


class PhotoForm(Refusable, forms.Form):
    client_id = forms.CharField(widget=forms.HiddenInput)
    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, up to 5 MiB. Where and with what it was taken is removed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    content = _Words(label=_("What it shows"), attrs={"rows": 2})


class EditForm(Refusable, forms.Form):
    content = _Words(label=_("Your message"), attrs={"rows": 3, "id": "edit_content"})


class SeqForm(forms.Form):
    seq = forms.IntegerField(min_value=0, max_value=BIGGEST_ID)


class SearchForm(forms.Form):
    q = forms.CharField(max_length=100, required=False)

    @property
    def words(self) -> str:
        return str(self.cleaned_data["q"]) if self.is_valid() else ""
