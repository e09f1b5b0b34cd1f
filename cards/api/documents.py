"""What the API shows of cards, binders, want lists and matches."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.limits import Tier
from cards.matching import POINTS
from cards.models import Condition, Finish, Language, Rarity, Variant
from core.api.documents import Document
from core.api.fields import AwareDateTime, Money


class Card(Document):
    """One printing."""

    id = serializers.IntegerField()
    scryfall_id = serializers.UUIDField()
    oracle_id = serializers.UUIDField(allow_null=True, help_text=gettext_lazy("the card over all printings"))
    name = serializers.CharField()
    set = serializers.CharField(source="set_code")
    set_name = serializers.CharField()
    collector_number = serializers.CharField()
    rarity = serializers.ChoiceField(choices=Rarity.choices)
    languages = serializers.ListField(child=serializers.ChoiceField(choices=Language.choices))
    finishes = serializers.ListField(child=serializers.ChoiceField(choices=Finish.choices))
    image_uri = serializers.CharField()
    released_at = serializers.DateField(allow_null=True)


class Price(Document):
    """What one copy in Near Mint and English costs now, in site currency."""

    finish = serializers.ChoiceField(choices=Finish.choices)
    price = Money()
    source: Any = serializers.CharField()
    as_of = serializers.DateField(source="day")


class CardDetail(Card):
    prices = Price(many=True, source="current_prices")
    printings = serializers.IntegerField(help_text=gettext_lazy("of this card, this one included"))


class PricePoint(Document):
    """One day at one source."""

    day = serializers.DateField()
    finish = serializers.ChoiceField(choices=Finish.choices)
    source: Any = serializers.CharField()
    price = Money()


class Value(Document):
    """An estimate: the newest price × the factor of the condition, in site currency."""

    amount = Money(source="value", help_text=gettext_lazy("of one copy"))
    price = Money(help_text=gettext_lazy("of one copy in Near Mint and English"))
    source: Any = serializers.CharField(source="price_source")
    as_of = serializers.DateField(source="price_day")
    label: Any = serializers.SerializerMethodField()

    def get_label(self, holding: Any) -> str:
        """`estimate`, or `estimate, English price` for a copy in another language."""
        return _("estimate") if holding.language == Language.EN else _("estimate, English price")


class OthersHolding(Document):
    """A row of a binder as everybody sees it: what of it is for trade."""

    id = serializers.IntegerField()
    card = Card()
    finish = serializers.ChoiceField(choices=Finish.choices)
    condition = serializers.ChoiceField(choices=Condition.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    variant = serializers.ChoiceField(choices=Variant.choices)
    note = serializers.CharField()
    for_trade = serializers.IntegerField()
    free = serializers.IntegerField(help_text=gettext_lazy("for trade and not promised to anybody"))
    value = serializers.SerializerMethodField()

    @extend_schema_field(Value(allow_null=True))
    def get_value(self, holding: Any) -> dict[str, Any] | None:
        """null: no price is known"""
        return None if holding.price is None else _VALUE.to_representation(holding)


class Holding(OthersHolding):
    """A row of your own binder."""

    quantity = serializers.IntegerField()
    reserved = serializers.IntegerField(help_text=gettext_lazy("promised in accepted trades"))
    created_at = AwareDateTime()
    updated_at = AwareDateTime()


_VALUE = Value()


class Want(Document):
    """What somebody looks for: one printing, or with `any_printing` any of the card."""

    id = serializers.IntegerField()
    card = Card(allow_null=True)
    oracle_id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(source="card_name")
    any_printing = serializers.SerializerMethodField()
    quantity = serializers.IntegerField()
    least_condition = serializers.ChoiceField(choices=Condition.choices)
    finish = serializers.SerializerMethodField()
    language = serializers.SerializerMethodField()
    max_price = Money(allow_null=True, help_text=gettext_lazy("for a copy in its condition"))
    accepts_gold_bordered = serializers.BooleanField()
    created_at = AwareDateTime()
    updated_at = AwareDateTime()

    def get_any_printing(self, want: Any) -> bool:
        return want.card_id is None

    def get_finish(self, want: Any) -> str | None:
        """null: any"""
        return want.finish or None

    def get_language(self, want: Any) -> str | None:
        """null: any"""
        return want.language or None


class BulkAnswer(Document):
    holdings = serializers.ListField(
        child=serializers.IntegerField(), source="ids", help_text=gettext_lazy("in the order of the rows")
    )
    created = serializers.IntegerField()
    updated = serializers.IntegerField()


class BadRow(Document):
    line = serializers.IntegerField(help_text=gettext_lazy("of the file, from 1; 0 for the whole"))
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportAnswer(Document):
    """What an import did, or with `dry_run` would do; bad rows are left out of it."""

    format = serializers.CharField()
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    removed = serializers.IntegerField()
    errors: Any = BadRow(many=True)


class MatchLine(Document):
    holding = serializers.IntegerField(source="holding.pk")
    card = Card(source="holding.card")
    finish = serializers.ChoiceField(choices=Finish.choices, source="holding.finish")
    condition = serializers.ChoiceField(choices=Condition.choices, source="holding.condition")
    language = serializers.ChoiceField(choices=Language.choices, source="holding.language")
    quantity = serializers.IntegerField(source="copies")
    value = Money(allow_null=True, help_text=gettext_lazy("of one copy; null: no price is known"))


class MatchSide(Document):
    rows = serializers.IntegerField(help_text=gettext_lazy("different rows of the binder"))
    copies = serializers.IntegerField()
    value = Money()
    lines = MatchLine(many=True, help_text=gettext_lazy("the dearest ten"))


class Trader(Document):
    username = serializers.CharField()
    display_name = serializers.CharField(source="name")
    country = serializers.CharField(source="country.code")
    trust_tier = serializers.ChoiceField(choices=Tier.choices)


class MatchPoints(Document):
    """What each part earned."""

    balance = serializers.FloatField(max_value=POINTS["balance"])
    value = serializers.FloatField(max_value=POINTS["value"])
    variety = serializers.FloatField(max_value=POINTS["variety"])
    condition = serializers.FloatField(max_value=POINTS["condition"])
    tier = serializers.FloatField(max_value=POINTS["tier"])
    country = serializers.FloatField(max_value=POINTS["country"])


class Match(Document):
    trader = Trader()
    score = serializers.FloatField(help_text=gettext_lazy("0 to 100, the sum of the points"))
    points = serializers.SerializerMethodField()
    reasons = serializers.ListField(child=serializers.CharField())
    they_have = MatchSide(source="they_give", help_text=gettext_lazy("what you want"))
    you_have = MatchSide(source="i_give", help_text=gettext_lazy("what they want"))

    @extend_schema_field(MatchPoints)
    def get_points(self, match: Any) -> dict[str, float]:
        return {name: round(earned, 2) for name, earned in match.points.items()}
