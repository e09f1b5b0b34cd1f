"""What people say about themselves."""

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.models import Scope, User
from core.text import is_invisible

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class ProfileForm(UserForm):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name.replace("_", " ")) for name in sorted(available_timezones())],
    )

    class Meta:
        model = User
        fields = ("display_name", "country", "time_zone", "bio", "vacation_until")
        widgets = {
            "bio": forms.Textarea(attrs={"rows": 4}),
            "vacation_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts = {
            "display_name": _("What others read; empty shows your username."),
            "vacation_until": _("You leave the matches until then. Running trades and their clocks go on."),
        }

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"]
        return "" if is_invisible(name) else name


class OffersForm(UserForm):
    offers_from_countries = forms.MultipleChoiceField(
        label=_("Offers from these countries"),
        required=False,
        choices=list(countries),
        help_text=_("None chosen: from everywhere."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    class Meta:
        model = User
        fields = ("offers_by", "offers_from_countries", "offers_min_value", "offers_min_tier")
        help_texts = {"offers_min_value": _("What the others give must be worth this much.")}


class PrivacyForm(UserForm):
    class Meta:
        model = User
        fields = ("shows_receipts", "shows_typing", "shows_presence")
        help_texts = {
            "shows_receipts": _("Who does not show it does not see it of others either."),
            "shows_presence": _("Only to partners of your trades."),
        }


class AddressForm(forms.Form):
    """Labels and lengths only: accounts.addresses checks what it is given."""

    name = forms.CharField(label=_("Name on the parcel"), max_length=100)
    street = forms.CharField(label=_("Street and number"), max_length=100)
    more = forms.CharField(label=_("Flat, floor, company"), max_length=100, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=100, required=False)
    city = forms.CharField(label=_("City"), max_length=100)
    region = forms.CharField(label=_("State or region"), max_length=100, required=False)
    country = forms.ChoiceField(label=_("Country"), choices=[("", _("Choose…")), *countries])


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=50, help_text=_("So that you know it again."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ.value],
    )
    days = forms.TypedChoiceField(
        label=_("It ends after"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("a year"))],
        initial=90,
    )
