"""Bodies that come in about binders and want lists."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError

from cards.models import Card, Condition, Finish, Language, Variant
from cards.rows import MOST_COPIES
from cards.services import MOST_WANTED, NewHolding
from core.api.fields import Id, Money, StrictBoolean, StrictChar, StrictChoice, StrictInteger, StrictUUID
from core.api.serializers import StrictSerializer


class HoldingChanges(StrictSerializer):
    """What may change of a row; what is left out stays."""

    finish = StrictChoice(choices=Finish.choices)
    condition = StrictChoice(choices=Condition.choices)
    language = StrictChoice(choices=Language.choices)
    variant = StrictChoice(choices=Variant.choices)
    note = StrictChar(max_length=200, allow_blank=True)
    quantity = StrictInteger(min_value=1, max_value=MOST_COPIES)
    for_trade = StrictInteger(min_value=0, max_value=MOST_COPIES)


class HoldingBody(StrictSerializer):
    """Copies for the binder: a printing by its id here or at Scryfall, and what is special about them."""

    card = Id(required=False)
    scryfall_id = StrictUUID(required=False, help_text=gettext_lazy("instead of `card`"))
    finish = StrictChoice(choices=Finish.choices, default=Finish.NONFOIL)
    condition = StrictChoice(choices=Condition.choices, default=Condition.NM)
    language = StrictChoice(choices=Language.choices, default=Language.EN)
    variant = StrictChoice(choices=Variant.choices, default=Variant.NONE)
    note = StrictChar(max_length=200, allow_blank=True, default="")
    quantity = StrictInteger(min_value=1, max_value=MOST_COPIES, default=1)
    for_trade = StrictInteger(min_value=0, max_value=MOST_COPIES, default=0)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("card" in attrs) == ("scryfall_id" in attrs):
            detail = _("Name the printing by `card` or by `scryfall_id`.")
            raise ValidationError({"card": [detail]}, code="one_of_two")
        return attrs


class BulkBody(StrictSerializer):
    rows = HoldingBody(many=True, allow_empty=False)


class WantBody(StrictSerializer):
    """What to look for: `card` for one printing, `oracle_id` for any; null in a preference is "any"."""

    card = Id(required=False, allow_null=True)
    oracle_id = StrictUUID(required=False, allow_null=True)
    quantity = StrictInteger(required=False, min_value=1, max_value=MOST_WANTED)
    least_condition = StrictChoice(required=False, choices=Condition.choices)
    finish = StrictChoice(required=False, choices=Finish.choices, allow_null=True)
    language = StrictChoice(required=False, choices=Language.choices, allow_null=True)
    max_price = Money(required=False, allow_null=True, min_value="0.01")
    accepts_gold_bordered = StrictBoolean(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = dict(super().to_internal_value(data))
        for name in ("finish", "language"):
            if name in values:
                values[name] = values[name] or ""
        if "card" in values:
            values["card_id"] = values.pop("card")
        return values


class WantChanges(WantBody):
    """What may change of a want; one that turns to another card forgets the first."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = super().to_internal_value(data)
        if values.get("card_id"):
            values.setdefault("oracle_id", None)
        if values.get("oracle_id"):
            values.setdefault("card_id", None)
        return values


def new_holdings(rows: list[dict[str, Any]]) -> list[NewHolding]:
    """The rows for the service, Scryfall's ids looked up in one query; an unknown one stays unknown."""
    asked = {row["scryfall_id"] for row in rows if "scryfall_id" in row}
    ids = dict(Card.objects.filter(scryfall_id__in=asked).values_list("scryfall_id", "pk")) if asked else {}
    return [
        NewHolding(
            **{
                "card_id": ids.get(row.pop("scryfall_id"), 0) if "scryfall_id" in row else row.pop("card"),
                **row,
            }
        )
        for row in (dict(row) for row in rows)
    ]
