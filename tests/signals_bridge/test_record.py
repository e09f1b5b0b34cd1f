"""The public record of those who make calls, beside figures worked out by hand."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Block
from core.clock import database_now
from signals_bridge.models import Recommendation, Source
from signals_bridge.record import Record, publishers_seen_by, record_of
from tests.factories import UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def judged(source: Source, action: str, end: str, accuracy: str, confidence: str, **said: Any) -> None:
    """An evaluated call at $10 that ended, and had its largest move, at `end`."""
    now = database_now()
    call: Recommendation = SignalFactory(
        source=source,
        action=action,
        confidence=Decimal(confidence),
        issued_at=now - 30 * DAY,
        valid_until=now - 2 * DAY,
        **said,
    )
    Recommendation.objects.filter(pk=call.pk).update(
        status="evaluated", evaluated_at=now, price_end=end, price_peak=end, peak_day=now.date(),
        accuracy_end=accuracy, accuracy_peak=accuracy, profit_pct_end=0, profit_pct_peak=0,
    )  # fmt: skip


def void(source: Source) -> None:
    call = SignalFactory(source=source)
    Recommendation.objects.filter(pk=call.pk).update(status="void", evaluated_at=database_now())


def rows(viewer: Any = None) -> Any:
    return publishers_seen_by(viewer).order_by("pk")


def table(viewer: Any = None) -> dict[str, Record | None]:
    return {row.label: record_of(row) for row in rows(viewer)}


def test_a_record_by_hand(acme) -> None:
    judged(acme, "BUY", "15.00", "1", "0.8")  # hit:  (0.8 − 1)² = 0.04
    judged(acme, "BUY", "9.00", "0", "0.8")  # miss: (0.8 − 0)² = 0.64
    judged(acme, "SELL", "9.00", "0.2", "0.5")  # hit:  (0.5 − 1)² = 0.25
    judged(acme, "HOLD", "10.75", "0.5", "1")  # hit:  (1 − 1)² = 0
    judged(acme, "HOLD", "10.76", "0.4933", "0.6")  # miss: (0.6 − 0)² = 0.36
    judged(acme, "SELL", "10.00", "0", "0")  # miss: 0
    void(acme)
    SignalFactory(source=acme)  # runs still
    record = record_of(acme)
    assert record is not None
    # 3 of 6; (1 + 0.2 + 0.5 + 0.4933)/6 = 2.1933/6 = 0.36555; 1.29/6 = 0.215; 0.5 × 0.5 = 0.25
    assert (record.n, record.hits, record.hit_rate) == (6, 3, Decimal("0.5"))
    assert record.mean_accuracy == Decimal("0.3656")
    assert (record.brier, record.baseline) == (Decimal("0.2150"), Decimal("0.2500"))
    assert table() == {"acme": record}


def test_a_hit_too_small_for_its_accuracy_is_a_hit(acme) -> None:
    judged(acme, "BUY", "10.01", "0", "0.9", target_price="10000.00")  # 0.01/9990 rounds to 0.0000
    record = record_of(acme)
    # (0.9 − 1)² = 0.01; always right: 1 × 0 = 0
    assert (record.hits, record.brier, record.baseline) == (1, Decimal("0.01"), 0)


def test_thirds_are_rounded_to_four_places(acme) -> None:
    for end in ("11.00", "9.00", "9.00"):
        judged(acme, "BUY", end, "0", "0.333333")
    record = record_of(acme)
    # h = 1/3 → 0.3333; h(1 − h) = 2/9 = 0.2222…; (0.444444888889 + 2 × 0.111110888889)/3 = 0.2222222…
    assert (record.hit_rate, record.baseline) == (Decimal("0.3333"), Decimal("0.2222"))
    assert record.brier == Decimal("0.2222")


def test_nobody_without_an_evaluated_call_is_in_the_table(acme) -> None:
    void(acme)
    SignalFactory(source=acme)
    assert record_of(acme) is None
    assert table() == {}


def test_what_came_when_prices_were_known_is_told(acme) -> None:
    judged(acme, "BUY", "15.00", "1", "0.8")
    judged(acme, "BUY", "15.00", "1", "0.8", received_at=database_now() - 28 * DAY)
    assert record_of(acme).afterwards == 1


def test_an_account_has_one_record_whatever_it_calls_its_sources(acme, alice) -> None:
    """And the calls that alice makes as a trader are another's."""
    again = SourceFactory(name="zenith", publisher=acme.publisher)
    own = SourceFactory(publisher=acme.publisher, is_personal=True)
    judged(acme, "BUY", "9.00", "0", "0.5")
    judged(again, "BUY", "11.00", "0.2", "0.5")
    judged(own, "BUY", "11.00", "0.2", "0.5")
    assert record_of(acme) == record_of(again) == Record(2, 1, Decimal("0.1"), Decimal("0.25"), 0)
    assert record_of(own) == Record(1, 1, Decimal("0.2"), Decimal("0.25"), 0)
    assert table() == {"acme": record_of(acme), "alice": record_of(own)}
    assert [row.names for row in rows()] == [["acme", "zenith"], [own.name]]


def test_sources_of_the_operators_stand_alone(acme) -> None:
    for name in ("alpha", "beta"):
        judged(SourceFactory(name=name, publisher=None), "BUY", "11.00", "0.2", "0.5")
    assert {name: record.n for name, record in table().items()} == {"alpha": 1, "beta": 1}


def test_a_trader_who_may_not_be_known_is_not_in_the_table(bob, charlie) -> None:
    trader = PublisherFactory(user=charlie)
    judged(SourceFactory(publisher=trader, is_personal=True), "BUY", "11.00", "0.2", "0.5")
    judged(SourceFactory(publisher=trader, name="wire"), "BUY", "11.00", "0.2", "0.5")
    assert set(table(bob)) == {"charlie", "wire"}
    Block.objects.create(blocker=charlie, blocked=bob)
    assert set(table(bob)) == {"wire"}


def test_the_table_is_one_query_and_can_be_sorted(acme, django_assert_num_queries) -> None:
    judged(acme, "BUY", "11.00", "0.2", "0.5")
    for n in (2, 3):
        source = SourceFactory(publisher=PublisherFactory(user=UserFactory()), name=f"s{n}")
        for _ in range(n):
            judged(source, "BUY", "11.00", "0.2", "0.5")
    with django_assert_num_queries(1):
        found = [(row.label, row.calls, record_of(row).n) for row in rows().order_by("-calls")]
    assert found == [("s3", 3, 3), ("s2", 2, 2), ("acme", 1, 1)]
