"""One market call as JSON says it, read the same way from the API, a file or a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cards.models import Finish
from core.api.fields import AwareDateTime, Id, Money, StrictChar, StrictChoice, StrictUUID
from core.api.problems import faults_of
from core.api.serializers import StrictSerializer
from core.errors import Fault
from signals_bridge.models.recommendations import LONGEST_ID, LONGEST_RATIONALE, Action

LONGEST_LIFE = timedelta(days=365)  # from now to the end of a call
CLOCKS_DIFFER = timedelta(minutes=5)  # how far a publisher's clock may be ahead of ours
# No card is older. Of the year 1 there is no month before, and no evening before it in New York.
EARLIEST = datetime(1993, 8, 5, tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?\Z")


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose every part is in order; whether there is such a card, the database knows.

    One of `card_id` and `scryfall_id` is None. Prices in site currency, `confidence` 0–1.
    """

    external_id: str
    card_id: int | None
    scryfall_id: UUID | None
    finish: str
    action: str
    price: Decimal
    target_price: Decimal | None
    confidence: Decimal
    rationale: str
    issued_at: datetime
    valid_until: datetime


class RowError(ValueError):
    """All that is wrong with one row; the pointers begin below it ("/price")."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults)
        self.faults = faults


@extend_schema_field(
    {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.000001},
            {"type": "string", "pattern": r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"},
        ],
        "examples": [0.75],
    }
)
class Confidence(serializers.Field[Decimal, Any, float, Any]):
    """How sure, 0 to 1 with six decimals at most: a JSON number, or a string."""

    default_error_messages = {
        "invalid": gettext_lazy("A number from 0 to 1 with at most six decimals."),
        "out_of_range": gettext_lazy("From 0 to 1."),
    }

    def to_internal_value(self, data: Any) -> Decimal:
        number = self._number(data)
        if not 0 <= number <= 1:
            self.fail("out_of_range")
        if number != round(number, 6):
            self.fail("invalid")
        return number.quantize(Decimal("0.000001"))

    def _number(self, data: Any) -> Decimal:
        is_written = type(data) is str and _NUMBER.match(data)
        if type(data) is int or is_written or (isinstance(data, Decimal) and data.is_finite()):
            return Decimal(data)
        return self.fail("invalid")

    def to_representation(self, value: Decimal) -> float:
        return float(value)


class NewCall(StrictSerializer):
    """What somebody says about a card: all but where and when it was said, and at which price."""

    card = Id(required=False)
    scryfall_id = StrictUUID(required=False, help_text=gettext_lazy("instead of `card`"))
    finish = StrictChoice(choices=Finish.choices)
    action = StrictChoice(choices=Action.choices)
    target_price = Money(
        min_value="0.01",
        required=False,
        allow_null=True,
        help_text=gettext_lazy("above the price for BUY, below it for SELL, none for HOLD"),
    )
    confidence = Confidence()
    rationale = StrictChar(max_length=LONGEST_RATIONALE, required=False, allow_blank=True, default="")
    valid_until = AwareDateTime(help_text=gettext_lazy("within a year from now"))

    def validate(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        faults = list(self.faults(row))
        if faults:
            raise serializers.ValidationError(
                {pointer: [serializers.ErrorDetail(detail, code=code)] for pointer, code, detail in faults}
            )
        return row

    def faults(self, row: Mapping[str, Any]) -> Any:
        if ("card" in row) == ("scryfall_id" in row):
            yield "card", "one_card", _("Name the printing by card or by scryfall_id, one of the two.")
        if row["valid_until"] > self.now + LONGEST_LIFE:
            yield "valid_until", "too_late", _("A call ends within a year from now.")
        if row["action"] == Action.HOLD and row.get("target_price") is not None:
            yield "target_price", "no_target", _("A HOLD has no target.")
        if row["action"] != Action.HOLD and row.get("target_price") is None:
            yield "target_price", "required", _("A BUY or SELL needs a target.")

    @property
    def now(self) -> datetime:
        moment: datetime = self.context["now"]
        return moment


class SignalRow(NewCall):
    """One call of an import."""

    external_id = StrictChar(max_length=LONGEST_ID, help_text=gettext_lazy("your own id for it"))
    price = Money(min_value="0.01", help_text=gettext_lazy("at issue, in site currency"))
    issued_at = AwareDateTime()

    def faults(self, row: Mapping[str, Any]) -> Any:
        yield from super().faults(row)
        if fault := fault_of_target(row["action"], row["price"], row.get("target_price")):
            yield fault.pointer.removeprefix("/"), fault.code, fault.detail
        if row["issued_at"] > self.now + CLOCKS_DIFFER:
            yield "issued_at", "in_future", _("This has not been issued yet.")
        if row["issued_at"] < EARLIEST:
            yield "issued_at", "too_early", _("There were no cards then.")
        if row["valid_until"] <= row["issued_at"]:
            yield "valid_until", "ends_before_issue", _("A call ends after it is issued.")


def fault_of_target(action: str, price: Decimal, target: Decimal | None) -> Fault | None:
    """What is wrong with a target beside the price at issue; a missing one is not looked at."""
    if target is None:
        return None
    if action == Action.BUY and target <= price:
        return Fault("/target_price", "wrong_side", _("The target of a BUY is above the price."))
    if action == Action.SELL and target >= price:
        return Fault("/target_price", "wrong_side", _("The target of a SELL is below the price."))
    return None


class RowReader:
    """Reads row after row with one set of fields, as of one moment."""

    def __init__(self, now: datetime) -> None:
        self._body = SignalRow(context={"now": now})

    def read(self, row: Any) -> Call:
        """The call that `row` is; RowError with all that is wrong with it."""
        given = _checked(self._body, row)
        given["card_id"] = given.pop("card", None)
        return Call(**{"scryfall_id": None, "target_price": None, **given})


def read_new_call(said: Any, now: datetime) -> dict[str, Any]:
    """The fields of a NewCall; RowError with all that is wrong with them."""
    return _checked(NewCall(context={"now": now}), said)


def _checked(body: NewCall, row: Any) -> dict[str, Any]:
    try:
        return dict(body.run_validation(row))
    except serializers.ValidationError as error:
        raise RowError(list(faults_of(error.detail))) from None
