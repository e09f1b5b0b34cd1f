"""Fields that take what they were promised and nothing that merely looks like it."""

import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from core.text import is_invisible

INT_RANGE = (-(2**31), 2**31 - 1)
LARGEST_ID = 2**63 - 1
MOST_MONEY = Decimal("99999999.99")
_MONEY = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


class StrictInteger(serializers.IntegerField):
    """A JSON integer that PostgreSQL's `integer` holds: not `true`, `"1"` or `1.0`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", INT_RANGE[0])
        kwargs.setdefault("max_value", INT_RANGE[1])
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBoolean(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return data


class StrictChar(serializers.CharField):
    """A JSON string; one that would show as nothing counts as blank."""

    def run_validation(self, data: Any = empty) -> str | None:
        if isinstance(data, str) and data and is_invisible(data):
            data = ""
        text: str | None = super().run_validation(data)
        return text

    def to_internal_value(self, data: Any) -> str:
        if type(data) is not str:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChoice(serializers.ChoiceField):
    """One of the listed strings."""

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not str:
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"},
            {"type": "number", "minimum": 0, "maximum": 99999999.99, "multipleOf": 0.01},
        ],
        "examples": ["12.50"],
    }
)
class Money(serializers.Field[Decimal, Any, str, Any]):
    """An amount in site currency, 0 to 99,999,999.99.

    In: a string `"12.50"` (preferred) or a JSON number, at most two decimals. Out: a string.
    """

    default_error_messages = {
        "invalid": _('An amount like "12.50": a string or a number with at most two decimals.'),
        "min_value": _("At least %(least)s."),
        "max_value": _("At most %(most)s."),
    }

    def __init__(self, *, min_value: str = "0", max_value: Decimal = MOST_MONEY, **kwargs: Any) -> None:
        self.min_value = Decimal(min_value)
        self.max_value = max_value
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        amount = self._exact(data)
        if amount < self.min_value:
            self._refuse("min_value", least=self.min_value)
        if amount > self.max_value:
            self._refuse("max_value", most=self.max_value)
        return amount.quantize(Decimal("0.01"))

    def to_representation(self, value: Any) -> str:
        return str(Decimal(value).quantize(Decimal("0.01")))

    def _exact(self, data: Any) -> Decimal:
        """The amount with its two decimals; the size is looked at before any arithmetic."""
        if type(data) is str and _MONEY.match(data):
            return Decimal(data)
        if type(data) is int:
            return Decimal(max(-1, min(data, 10**9)))
        if isinstance(data, Decimal) and data.is_finite() and data.adjusted() < 9:
            exponent = data.normalize().as_tuple().exponent
            if isinstance(exponent, int) and exponent >= -2:
                return data
        return self.fail("invalid")

    def _refuse(self, code: str, **values: Decimal) -> None:
        raise serializers.ValidationError(self.error_messages[code] % values, code=code)


class AwareDateTime(serializers.DateTimeField):
    """A moment as RFC 3339 with an offset; in and out in UTC."""

    default_error_messages = {"naive": _("A time needs its offset, for example Z or +02:00.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> datetime:
        if type(data) is not str:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(data)

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("naive")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("overflow")


class StrictDate(serializers.DateField):
    """A day as "YYYY-MM-DD"."""

    def to_internal_value(self, data: Any) -> Any:
        if type(data) is not str:
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(data)


class StrictUUID(serializers.UUIDField):
    """A UUID as RFC 9562 writes it, with its hyphens."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if type(data) is not str or not _UUID.match(data):
            self.fail("invalid", value=data)
        return uuid.UUID(data)


class Id(StrictInteger):
    """The id of something, as a number for a service that looks it up itself.

    One that no table could hold becomes the largest there is: unknown, like any other that nobody has.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=None, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        return min(super().to_internal_value(data), LARGEST_ID)
