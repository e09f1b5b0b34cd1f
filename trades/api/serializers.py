"""Bodies that come in: exactly what each verb takes, in the words of the contract."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.fields import Id, Money, StrictBoolean, StrictChar, StrictChoice, StrictInteger
from core.api.serializers import StrictSerializer
from trades.models import CompletionMethod
from trades.models.items import MOST_COPIES
from trades.terms import LIFE_DAYS, MOST_LINES, Line, Terms


class LineBody(StrictSerializer):
    """So many copies of a row of somebody's binder."""

    holding = Id(source="holding_id")
    quantity = StrictInteger(
        required=False, min_value=1, max_value=MOST_COPIES, help_text=gettext_lazy("1 if not given")
    )
    declared_price = Money(required=False, help_text=gettext_lazy("only where no market price is known"))

    def to_internal_value(self, data: Any) -> Line:
        return Line(**super().to_internal_value(data))


class _TermsFields(StrictSerializer):
    proposer_offers: Any = serializers.ListSerializer(
        child=LineBody(), required=False, max_length=MOST_LINES, source="offers"
    )
    proposer_wants: Any = serializers.ListSerializer(
        child=LineBody(), required=False, max_length=MOST_LINES, source="wants"
    )
    proposer_adds_cash = Money(required=False)
    recipient_adds_cash = Money(required=False)
    message = StrictChar(required=False, allow_blank=True, max_length=2_000)
    expires_in_days = StrictInteger(
        required=False, min_value=LIFE_DAYS.start, max_value=LIFE_DAYS.stop - 1, source="life_days"
    )
    completion_method = StrictChoice(required=False, choices=CompletionMethod.choices)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


class TermsBody(_TermsFields):
    """What both sides put on the table, seen from the one who sends it."""

    def to_internal_value(self, data: Any) -> Terms:
        return Terms(**super().to_internal_value(data))


class ProposalBody(_TermsFields):
    """A new proposal: POST `/trades/`."""

    recipient = StrictChar(max_length=30)
    draft = StrictBoolean(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = super().to_internal_value(data)
        named = {name: values.pop(name) for name in ("recipient", "draft") if name in values}
        return {**named, "terms": Terms(**values)}


class DraftBody(_TermsFields):
    """A draft's own fields; those that are left out stay as they are."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return {"changes": super().to_internal_value(data)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["changes"]:
            raise ValidationError(_("Say what to change."), code="nothing_to_change")
        return attrs


class SendBody(StrictSerializer):
    status = StrictChoice(choices=["pending"])


class AcceptBody(StrictSerializer):
    status = StrictChoice(choices=["accepted"])


class DeclineBody(StrictSerializer):
    status = StrictChoice(choices=["declined"])
    decline_reason = StrictChar(required=False, allow_blank=True, max_length=500, source="reason")
    declined_for_good = StrictBoolean(
        required=False, source="for_good", help_text=gettext_lazy("do not offer me these cards again")
    )


class CounterBody(StrictSerializer):
    status = StrictChoice(choices=["countered"])
    counter = TermsBody(source="terms", help_text=gettext_lazy("seen from you, who sends it"))


class CancelBody(StrictSerializer):
    status = StrictChoice(choices=["cancelled"])
    cancel_reason = StrictChar(
        required=False, allow_blank=True, max_length=500, source="reason",
        help_text=gettext_lazy("required once the trade is accepted"),
    )  # fmt: skip
    ask = StrictBoolean(
        required=False, help_text=gettext_lazy("ask the other side to agree, at no cost to you")
    )


class DeleteBody(StrictSerializer):
    """The body of DELETE; none is needed before the trade is accepted."""

    reason = StrictChar(required=False, allow_blank=True, max_length=500)
    ask = StrictBoolean(required=False)


class CompleteBody(StrictSerializer):
    completion_method = StrictChoice(required=False, choices=CompletionMethod.choices)
    completion_notes = StrictChar(required=False, allow_blank=True, max_length=1_000)


class NoBody(StrictSerializer):
    """Nothing to say: the address says it all."""


class NextStatus(serializers.Serializer[Any]):
    """The one key that says which of the bodies above a PATCH is."""

    status = StrictChoice(choices=["pending", "accepted", "declined", "countered", "cancelled"])
