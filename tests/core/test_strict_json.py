"""What the parser and the fields let in, and where they point when they do not."""

import io
from decimal import Decimal
from typing import Any

import pytest
from rest_framework import serializers

from core.api.fields import (
    LARGEST_ID,
    AwareDateTime,
    Id,
    Money,
    StrictBoolean,
    StrictChar,
    StrictChoice,
    StrictDate,
    StrictInteger,
    StrictUUID,
)
from core.api.parsers import BodyError, StrictJSONParser
from core.api.problems import faults_of
from core.api.serializers import StrictSerializer

DEEP_OK = b'{"a":' * 31 + b"{}" + b"}" * 31
DEEP = b'{"a":' * 32 + b"{}" + b"}" * 32


def parse(body: bytes):
    return StrictJSONParser().parse(io.BytesIO(body))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1, "b": [true, null, "x"]}', {"a": 1, "b": [True, None, "x"]}),
        (b"1.10", Decimal("1.10")),
        (b"1e400", Decimal("1e400")),
        ('"é 👍"'.encode(), "é 👍"),
        (b'"\\ud83d\\udc4d"', "👍"),
        (b"18446744073709551616", 2**64),
    ],
)
def test_json_comes_through_unharmed(body: bytes, value) -> None:
    assert parse(body) == value


def test_32_levels_are_enough() -> None:
    parse(DEEP_OK)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"", "", "malformed"),
        (b"{", "", "malformed"),
        (b"{'a': 1}", "", "malformed"),
        (b'{"a": 01}', "", "malformed"),
        (b"\xff\xfe", "", "malformed"),
        (b'"\xed\xa0\x80"', "", "malformed"),
        (b"9" * 5_000, "", "malformed"),
        (b"[" * 5_000, "", "malformed"),
        (b"[" * 500_000, "", "malformed"),
        (DEEP, "", "too_deep"),
        (b'{"a": {"b/c": 1, "b/c": 2}}', "/a/b~1c", "duplicate"),
        (b'[{"x": 1}, {"y": 1, "y": 1}]', "/1/y", "duplicate"),
        (b'{"a": NaN}', "/a", "not_finite"),
        (b'{"a": [-Infinity]}', "/a/0", "not_finite"),
        (b'{"a": "\\u0000"}', "/a", "unstorable"),
        (b'{"\\u0000": 1}', "", "unstorable"),
        (b'{"a": {"b": "\\ud800"}}', "/a/b", "unstorable"),
    ],
)
def test_what_is_not_strict_json_is_pointed_at(body: bytes, pointer: str, code: str) -> None:
    with pytest.raises(BodyError) as raised:
        parse(body)
    assert raised.value.status == 400
    assert [(fault.pointer, fault.code) for fault in raised.value.faults] == [(pointer, code)]


FIELDS: dict[str, Any] = {
    "integer": StrictInteger(),
    "boolean": StrictBoolean(),
    "char": StrictChar(max_length=5),
    "choice": StrictChoice(choices=["a", "b"]),
    "money": Money(),
    "price": Money(min_value="0.01"),
    "moment": AwareDateTime(),
    "day": StrictDate(),
    "uuid": StrictUUID(),
    "id": Id(),
}


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("integer", -5, -5),
        ("boolean", False, False),
        ("char", " hi ", "hi"),
        ("choice", "a", "a"),
        ("money", "12.5", Decimal("12.50")),
        ("money", "0", Decimal("0.00")),
        ("money", 7, Decimal("7.00")),
        ("money", Decimal("7.10"), Decimal("7.10")),
        ("money", Decimal("7.100"), Decimal("7.10")),
        ("money", "99999999.99", Decimal("99999999.99")),
        ("id", 2**80, LARGEST_ID),
    ],
)
def test_fields_take_what_they_are_for(field: str, given, value) -> None:
    assert FIELDS[field].run_validation(given) == value


def test_moments_come_out_in_utc() -> None:
    assert (
        FIELDS["moment"].run_validation("2026-01-01T01:00:00+01:00").isoformat()
        == "2026-01-01T00:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("field", "given", "code"),
    [
        ("integer", "1", "invalid"),
        ("integer", True, "invalid"),
        ("integer", Decimal("1.0"), "invalid"),
        ("integer", None, "null"),
        ("integer", 2**31, "max_value"),
        ("integer", -(2**31) - 1, "min_value"),
        ("boolean", 1, "invalid"),
        ("boolean", "true", "invalid"),
        ("char", 5, "invalid"),
        ("char", True, "invalid"),
        ("char", [], "invalid"),
        ("char", "", "blank"),
        ("char", "\u200b\u2060 \ufe0f", "blank"),
        ("char", "sixsix", "max_length"),
        ("choice", "c", "invalid_choice"),
        ("choice", ["a"], "invalid_choice"),
        ("money", "1.234", "invalid"),
        ("money", Decimal("1.234"), "invalid"),
        ("money", "-0.01", "invalid"),
        ("money", -1, "min_value"),
        ("money", Decimal("-0.01"), "min_value"),
        ("money", "NaN", "invalid"),
        ("money", "Infinity", "invalid"),
        ("money", "1e3", "invalid"),
        ("money", Decimal("1e400"), "invalid"),
        ("money", Decimal("1e-400"), "invalid"),
        ("money", "٣", "invalid"),
        ("money", True, "invalid"),
        ("money", {}, "invalid"),
        ("money", 10**30, "max_value"),
        ("money", "100000000", "invalid"),
        ("price", "0.00", "min_value"),
        ("moment", "2026-01-01T00:00:00", "naive"),
        ("moment", "9999-12-31T23:59:59-12:00", "overflow"),
        ("moment", 1_700_000_000, "invalid"),
        ("day", "2026-02-30", "invalid"),
        ("day", "2026-01-01T00:00:00Z", "invalid"),
        ("uuid", 5, "invalid"),
        ("uuid", "{12345678-1234-1234-1234-123456789abc}", "invalid"),
        ("id", 0, "min_value"),
        ("id", "7", "invalid"),
    ],
)
def test_fields_refuse_what_only_looks_alike(field: str, given, code: str) -> None:
    with pytest.raises(serializers.ValidationError) as raised:
        FIELDS[field].run_validation(given)
    assert [fault.code for fault in faults_of(raised.value.detail)] == [code]


class Line(StrictSerializer):
    holding = Id()
    quantity = StrictInteger(min_value=1)


class Offer(StrictSerializer):
    id = serializers.IntegerField(read_only=True)
    lines = Line(many=True, max_length=2)  # type: ignore[call-arg]  # goes to the list around it
    cash = Money(default=Decimal(0))


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ([], [("", "invalid")]),
        (None, [("", "null")]),
        ({}, [("/lines", "required")]),
        ({"lines": {}}, [("/lines", "not_a_list")]),
        ({"lines": [7]}, [("/lines/0", "invalid")]),
        ({"lines": [], "id": 1}, [("/id", "read_only")]),
        ({"lines": [], "x": 1, "cash": "x"}, [("/cash", "invalid"), ("/x", "unknown_key")]),
        (
            {"lines": [{"holding": 1, "quantity": 1}, {"holding": 1, "quantity": 0, "y": 1}]},
            [("/lines/1/quantity", "min_value"), ("/lines/1/y", "unknown_key")],
        ),
        ({"lines": [{"holding": 1, "quantity": 1}] * 3}, [("/lines", "max_length")]),
    ],
)
def test_bodies_say_exactly_what_they_may_say(body, faults) -> None:
    offer = Offer(data=body)
    with pytest.raises(serializers.ValidationError) as raised:
        offer.is_valid(raise_exception=True)
    assert [(fault.pointer, fault.code) for fault in faults_of(raised.value.detail)] == faults
