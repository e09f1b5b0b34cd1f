"""Calls by the thousand: all or none, the same again is nothing new, and every bad row is named."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.clock import clock_moved, database_now
from signals_bridge.errors import SignalError
from signals_bridge.models import Recommendation, Source
from signals_bridge.services import (
    ImportReport,
    import_signals,
    register_publisher,
    register_source,
    withdraw_publisher,
)
from tests.signals_bridge.factories import SourceFactory, row

DAY = timedelta(days=1)


def numbered(rows: Iterable[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows))


def refused(source: str, rows: Iterable[Any], by: Any, **more: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """(status, code, [(pointer, code), …]) of a refusal that left nothing behind."""
    before = (Recommendation.objects.count(), Source.objects.count())
    with pytest.raises(SignalError) as refusal:
        import_signals(source=source, rows=numbered(rows), by=by, **more)
    assert (Recommendation.objects.count(), Source.objects.count()) == before
    error = refusal.value
    return error.status, error.code, [(fault.pointer, fault.code) for fault in error.faults]


def test_a_call_is_kept_as_it_was_said(alice, acme, opt) -> None:
    said = row(opt)
    assert import_signals(source="acme", rows=[(0, said)], by=alice) == ImportReport(created=1)
    call = Recommendation.objects.get()
    assert (call.source, call.external_id, call.card, call.finish) == (acme, "s1", opt, "nonfoil")
    assert (call.action, call.price_at_issue, call.target_price) == ("BUY", Decimal("2.50"), Decimal(5))
    assert (call.confidence, call.rationale) == (Decimal("0.8"), "Reprint is far off.")
    assert call.issued_at == datetime.fromisoformat(said["issued_at"])
    assert call.valid_until == datetime.fromisoformat(said["valid_until"])
    assert call.received_at - database_now() < timedelta(minutes=1)
    assert (call.status, call.publisher_owns, call.evaluated_at) == ("active", None, None)


def test_scryfalls_id_names_a_card_too(alice, acme, opt) -> None:
    import_signals(source="acme", rows=[(0, row(opt, card=..., scryfall_id=str(opt.scryfall_id)))], by=alice)
    assert Recommendation.objects.get().card == opt


@pytest.mark.parametrize(
    "said",
    [
        {"action": "HOLD", "target_price": None},
        {"action": "HOLD", "target_price": ...},
        {"action": "SELL", "target_price": "2.49"},
        {"target_price": "2.51"},
        {"confidence": 0},
        {"confidence": 1},
        {"confidence": "0.123456"},
        {"confidence": Decimal("1E-3")},
        {"rationale": ""},
        {"rationale": ...},
        {"rationale": "x" * 2000},
        {"external_id": "x" * 100},
        {"price": 2},
        {"finish": "foil"},
        {"issued_at": "2020-01-01T00:00:00Z"},
        {"issued_at": "1993-08-05T00:00:00Z"},
        {"rationale": "=HYPERLINK('http://x')"},
        {"external_id": "=1+1"},
    ],
)
def test_what_can_be_said(alice, acme, opt, said) -> None:
    assert import_signals(source="acme", rows=[(0, row(opt, **said))], by=alice).created == 1


YEAR = timedelta(days=365)
NOW = datetime.now(UTC)
BAD = [
    ({"external_id": ""}, "/external_id", "blank"),
    ({"external_id": " \u200b"}, "/external_id", "blank"),
    ({"external_id": "x" * 101}, "/external_id", "max_length"),
    ({"external_id": 7}, "/external_id", "invalid"),
    ({"external_id": "a\x00"}, "/external_id", "null_characters_not_allowed"),
    ({"external_id": "a\ud800"}, "/external_id", "surrogate_characters_not_allowed"),
    ({"external_id": ...}, "/external_id", "required"),
    ({"card": 2**70}, "/card", "unknown_card"),
    ({"card": 0}, "/card", "min_value"),
    ({"card": True}, "/card", "invalid"),
    ({"card": "1"}, "/card", "invalid"),
    ({"card": ...}, "/card", "one_card"),
    ({"scryfall_id": "6d6c1ebb-5d49-4c10-a6c4-b9ca4ecdb6f5"}, "/card", "one_card"),
    ({"card": ..., "scryfall_id": "6d6c1ebb-5d49-4c10-a6c4-b9ca4ecdb6f5"}, "/scryfall_id", "unknown_card"),
    ({"card": ..., "scryfall_id": "6d6c1ebb"}, "/scryfall_id", "invalid"),
    ({"finish": "etched"}, "/finish", "unknown_finish"),
    ({"finish": "shiny"}, "/finish", "invalid_choice"),
    ({"action": "buy"}, "/action", "invalid_choice"),
    ({"action": ...}, "/action", "required"),
    ({"price": "0"}, "/price", "min_value"),
    ({"price": "-1"}, "/price", "invalid"),
    ({"price": "NaN"}, "/price", "invalid"),
    ({"price": Decimal("NaN")}, "/price", "invalid"),
    ({"price": "2.505"}, "/price", "invalid"),
    ({"price": 10**400}, "/price", "max_value"),
    ({"price": "100000000"}, "/price", "invalid"),
    ({"price": None}, "/price", "null"),
    ({"target_price": "2.50"}, "/target_price", "wrong_side"),
    ({"target_price": "2.49"}, "/target_price", "wrong_side"),
    ({"action": "SELL", "target_price": "2.50"}, "/target_price", "wrong_side"),
    ({"action": "HOLD"}, "/target_price", "no_target"),
    ({"target_price": None}, "/target_price", "required"),
    ({"action": "SELL", "target_price": ...}, "/target_price", "required"),
    ({"target_price": "0"}, "/target_price", "min_value"),
    ({"confidence": Decimal("1.01")}, "/confidence", "out_of_range"),
    ({"confidence": "1.01"}, "/confidence", "out_of_range"),
    ({"confidence": Decimal("-0.1")}, "/confidence", "out_of_range"),
    ({"confidence": 2}, "/confidence", "out_of_range"),
    ({"confidence": "NaN"}, "/confidence", "invalid"),
    ({"confidence": Decimal("NaN")}, "/confidence", "invalid"),
    ({"confidence": Decimal("Infinity")}, "/confidence", "invalid"),
    ({"confidence": True}, "/confidence", "invalid"),
    ({"confidence": "0.1234567"}, "/confidence", "invalid"),
    ({"confidence": ...}, "/confidence", "required"),
    ({"rationale": "x" * 2001}, "/rationale", "max_length"),
    ({"rationale": ["x"]}, "/rationale", "invalid"),
    ({"issued_at": "2026-01-01T00:00:00"}, "/issued_at", "naive"),
    ({"issued_at": "0001-01-01T00:00:00+14:00"}, "/issued_at", "overflow"),
    ({"issued_at": "0001-01-01T00:00:00Z"}, "/issued_at", "too_early"),
    ({"issued_at": "1993-08-04T23:59:59Z"}, "/issued_at", "too_early"),
    ({"issued_at": 1700000000}, "/issued_at", "invalid"),
    ({"issued_at": (NOW + DAY).isoformat()}, "/issued_at", "in_future"),
    ({"valid_until": "2026-01-01"}, "/valid_until", "naive"),
    ({"valid_until": "soon"}, "/valid_until", "invalid"),
    ({"valid_until": "2999-01-01T00:00:00"}, "/valid_until", "naive"),
    ({"valid_until": (NOW + YEAR + DAY).isoformat()}, "/valid_until", "too_late"),
    ({"valid_until": "9999-12-31T23:59:59Z"}, "/valid_until", "too_late"),
    ({"valid_until": (NOW - DAY).isoformat()}, "/valid_until", "ends_before_issue"),
    ({"status": "evaluated"}, "/status", "unknown_key"),
    ({"accuracy_end": "1"}, "/accuracy_end", "unknown_key"),
]


@pytest.mark.parametrize(("said", "pointer", "code"), BAD)
def test_one_bad_row_refuses_all(alice, acme, opt, said, pointer, code) -> None:
    rows = [row(opt, external_id="good"), row(opt, **said)]
    assert refused("acme", rows, alice) == (400, "invalid", [(f"/signals/1{pointer}", code)])


@pytest.mark.parametrize(
    ("thing", "code"),
    [(None, "null"), (7, "invalid"), ("BUY", "invalid"), ([], "invalid"), ([[]], "invalid")],
)
def test_a_row_that_is_no_object_is_named(alice, acme, opt, thing, code) -> None:
    assert refused("acme", [thing, row(opt)], alice) == (400, "invalid", [("/signals/0", code)])


def test_all_bad_rows_are_named_in_their_order(alice, acme, opt) -> None:
    """Those that cannot be read, and those that only the database finds wrong."""
    rows = [
        row(opt, card=2**40),
        row(opt, external_id="s2", price="0", confidence=2),
        row(opt, external_id="s3"),
        row(opt, external_id="s3"),
        row(opt, external_id="s4", finish="etched"),
        row(opt, external_id="s5", target_price="1"),
    ]
    assert refused("acme", rows, alice)[2] == [
        ("/signals/0/card", "unknown_card"),
        ("/signals/1/confidence", "out_of_range"),
        ("/signals/1/price", "min_value"),
        ("/signals/3/external_id", "duplicate"),
        ("/signals/4/finish", "unknown_finish"),
        ("/signals/5/target_price", "wrong_side"),
    ]


def test_of_many_bad_rows_the_first_can_be_enough(alice, acme, opt) -> None:
    rows = [row(opt, external_id=str(n), price="0") for n in range(10)]
    status, code, faults = refused("acme", rows, alice, most_faults=3)
    assert (status, code, faults) == (
        400,
        "invalid",
        [(f"/signals/{n}/price", "min_value") for n in range(3)],
    )


def test_nothing_is_no_batch(alice, acme) -> None:
    assert refused("acme", [], alice) == (400, "empty", [("/signals", "empty")])


# --- the same again --------------------------------------------------------------------------


def test_the_same_again_is_unchanged(alice, acme, opt) -> None:
    rows = numbered([row(opt), row(opt, external_id="s2")])
    import_signals(source="acme", rows=rows, by=alice)
    first = list(Recommendation.objects.order_by("pk").values())
    rows.append((2, row(opt, external_id="s3")))
    with clock_moved(DAY):
        assert import_signals(source="acme", rows=rows, by=alice) == ImportReport(created=1, unchanged=2)
    assert list(Recommendation.objects.order_by("pk").values())[:2] == first


def test_the_same_in_other_words_is_the_same(alice, acme, opt) -> None:
    said = row(opt, issued_at="2026-01-01T12:00:00Z")
    import_signals(source="acme", rows=[(0, said)], by=alice)
    same = said | {
        "card": ...,
        "scryfall_id": str(opt.scryfall_id).upper(),
        "price": Decimal("2.5"),
        "confidence": "0.80",
        "issued_at": "2026-01-01T13:00:00+01:00",
    }
    same = {name: value for name, value in same.items() if value is not ...}
    assert import_signals(source="acme", rows=[(0, same)], by=alice) == ImportReport(unchanged=1)


@pytest.mark.parametrize(
    "changed",
    [
        {"finish": "foil"},
        {"action": "HOLD", "target_price": None},
        {"price": "2.51"},
        {"target_price": "5.01"},
        {"confidence": Decimal("0.81")},
        {"rationale": ""},
        {"issued_at": "2026-01-01T00:00:00Z"},
        {"valid_until": (NOW + 99 * DAY).isoformat()},
    ],
)
def test_a_known_call_that_says_something_else_is_a_conflict(alice, acme, opt, changed) -> None:
    said = row(opt)
    import_signals(source="acme", rows=[(0, said)], by=alice)
    rows = [row(opt, external_id="new"), said | changed]
    assert refused("acme", rows, alice) == (409, "changed", [("/signals/1/external_id", "changed")])


def test_an_evaluated_call_is_still_the_same_call(alice, acme, opt) -> None:
    said = row(opt)
    import_signals(source="acme", rows=[(0, said)], by=alice)
    call = Recommendation.objects.get()
    call.close()
    call.void(database_now())
    call.save()
    assert import_signals(source="acme", rows=[(0, said)], by=alice) == ImportReport(unchanged=1)


def test_two_sources_may_use_the_same_ids(alice, acme, opt) -> None:
    import_signals(source="acme", rows=[(0, row(opt))], by=alice)
    assert import_signals(source="acme.beta", rows=[(0, row(opt))], by=alice).created == 1


# --- whose source ----------------------------------------------------------------------------


def test_only_publishers_import(bob, opt) -> None:
    assert refused("acme", [row(opt)], bob) == (403, "not_a_publisher", [])


def test_the_right_can_be_given_and_taken(bob, opt) -> None:
    register_publisher(user=bob)
    register_publisher(user=bob)
    import_signals(source="bobs", rows=[(0, row(opt))], by=bob)
    assert Source.objects.get().publisher.user == bob
    withdraw_publisher(user=bob)
    assert refused("bobs", [row(opt, external_id="s2")], bob)[:2] == (403, "not_a_publisher")


def test_a_source_belongs_to_one_publisher(alice, bob, acme, opt) -> None:
    register_publisher(user=bob)
    expected = (403, "not_your_source", [("/source", "not_your_source")])
    assert refused("acme", [row(opt)], bob) == expected
    SourceFactory(name="house", publisher=None)
    assert refused("house", [row(opt)], bob) == expected


def test_those_who_run_the_site_import_into_any_registered_source(alice, acme, opt) -> None:
    import_signals(source="acme", rows=[(0, row(opt))], by=None)
    assert Recommendation.objects.get().source.publisher.user == alice
    import_signals(source="house", rows=[(0, row(opt))], by=None)
    assert Source.objects.get(name="house").publisher is None


@pytest.mark.parametrize("name", ["", "A", "a b", "trader-9", "-a", "a" * 61, "ä", "a/b"])
def test_names_that_no_source_can_have(alice, acme, opt, name) -> None:
    assert refused(name, [row(opt)], alice)[:2] == (400, "source_invalid")


def test_nobody_imports_into_a_traders_own_source(alice, acme, opt) -> None:
    SourceFactory(publisher=acme.publisher, is_personal=True)
    assert refused(f"trader-{alice.pk}", [row(opt)], alice)[:2] == (403, "not_your_source")
    assert refused(f"trader-{alice.pk}", [row(opt)], None)[:2] == (403, "not_your_source")


def test_a_source_is_registered_once(alice, bob, acme) -> None:
    assert register_source(name="acme", publisher=acme.publisher) == acme
    with pytest.raises(SignalError, match="source_taken"):
        register_source(name="acme", publisher=register_publisher(user=bob))
    with pytest.raises(SignalError, match="source_taken"):
        register_source(name="acme", publisher=None)


# --- how it costs ----------------------------------------------------------------------------


def test_a_batch_costs_the_same_statements_whatever_its_size(alice, acme, opt, count_queries) -> None:
    def cost(start: int, count: int) -> int:
        rows = numbered(row(opt, external_id=f"{start}-{n}") for n in range(count))
        return count_queries(lambda: import_signals(source="acme", rows=rows, by=alice))

    assert cost(1, 1) == cost(2, 3) == 13
