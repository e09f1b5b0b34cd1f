"""Bodies about people."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django_countries import countries
from rest_framework import serializers

from accounts.limits import OPEN_OFFERS_PER_PARTNER, Tier, limits_of, usage_of
from accounts.models import ApiToken, OffersBy, Scope, User
from accounts.validators import validate_time_zone
from core.api.fields import AwareDateTime, Money, StrictBoolean, StrictChar, StrictChoice, StrictDate
from core.api.serializers import StrictSerializer
from core.clock import database_now

COUNTRIES = [(code, str(name)) for code, name in countries]


class PublicProfile(serializers.Serializer[User]):
    """What every trader may know of another."""

    username = serializers.CharField()
    display_name = serializers.CharField(source="name")
    country = serializers.CharField(help_text=_("ISO 3166 alpha-2, empty if not told"))
    bio = serializers.CharField()
    trust_tier = serializers.ChoiceField(choices=Tier.choices)
    member_since = serializers.DateTimeField(source="date_joined")
    vacation_until = serializers.DateField(allow_null=True)
    offers_from_countries = serializers.ListField(child=serializers.CharField())
    offers_by = serializers.ChoiceField(choices=OffersBy.choices)
    offers_min_value = Money()
    offers_min_tier = serializers.ChoiceField(choices=Tier.choices)


class OwnProfile(PublicProfile):
    """What `/me/` tells: also what nobody else sees."""

    id = serializers.IntegerField()
    display_name = serializers.CharField()
    email = serializers.EmailField()
    email_verified = serializers.SerializerMethodField()
    time_zone = serializers.CharField()
    shows_receipts = serializers.BooleanField()
    shows_typing = serializers.BooleanField()
    shows_presence = serializers.BooleanField()
    restricted_until = serializers.DateTimeField(allow_null=True)
    limits = serializers.SerializerMethodField()

    def get_email_verified(self, user: User) -> bool:
        return user.has_verified_email()

    def get_limits(self, user: User) -> dict[str, dict[str, str | int | None]]:
        """Per limit: `limit`, and `used` and `left` where they are counted; null is no limit."""
        age = (database_now() - user.date_joined).days
        limits = asdict(limits_of(Tier(user.trust_tier), age)) | {
            "open_offers_per_partner": OPEN_OFFERS_PER_PARTNER
        }
        del limits["account_age"]
        figures = {name: (limit, None) for name, limit in limits.items()} | usage_of(user)
        return {name: _allowance(limit, used) for name, (limit, used) in figures.items()}


def _allowance(limit: Any, used: Any) -> dict[str, str | int | None]:
    left = None if limit is None or used is None else max(limit - used, 0)
    return {"limit": _plain(limit), "used": _plain(used), "left": _plain(left)}


def _plain(figure: Any) -> str | int | None:
    return f"{figure:.2f}" if isinstance(figure, Decimal) else figure


class ProfileChanges(StrictSerializer):
    """The body of PATCH `/me/`; every key is optional."""

    display_name = StrictChar(max_length=50, allow_blank=True)
    country = StrictChoice(choices=COUNTRIES, allow_blank=True)
    time_zone = StrictChar(max_length=50, validators=[validate_time_zone])
    bio = StrictChar(max_length=1_000, allow_blank=True, trim_whitespace=False)
    vacation_until = StrictDate(allow_null=True)
    offers_from_countries = serializers.ListField(
        child=StrictChoice(choices=COUNTRIES), max_length=len(COUNTRIES)
    )
    offers_by = StrictChoice(choices=OffersBy.choices)
    offers_min_value = Money()
    offers_min_tier = StrictChoice(choices=Tier.choices)
    shows_receipts = StrictBoolean()
    shows_typing = StrictBoolean()
    shows_presence = StrictBoolean()


class Credentials(StrictSerializer):
    """The body of POST `/auth/tokens/`."""

    username = StrictChar(max_length=254, help_text=_("the name or the e-mail address"))
    password = StrictChar(max_length=1_000, trim_whitespace=False)
    scopes = serializers.ListField(
        child=StrictChoice(choices=Scope.choices), allow_empty=False, max_length=20
    )
    otp = StrictChar(
        max_length=20, required=False, help_text=_("the one-time code, if a second factor is set up")
    )
    expires_at = AwareDateTime(required=False, help_text=_("within a year; 90 days from now if not given"))
    name = StrictChar(max_length=50, allow_blank=True, required=False)


class Token(serializers.Serializer[ApiToken]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    created_at = AwareDateTime(source="created")
    expires_at = AwareDateTime(source="expiry")
    last_used_at = AwareDateTime(allow_null=True)


class NewToken(Token):
    """The only answer that ever holds the key itself."""

    token = serializers.SerializerMethodField(help_text=_("send it as `Authorization: Token …`"))

    def get_token(self, token: ApiToken) -> str:
        return str(self.context["key"])


class Ticket(serializers.Serializer[Any]):
    """What opens the live socket once."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text=_("seconds"))
