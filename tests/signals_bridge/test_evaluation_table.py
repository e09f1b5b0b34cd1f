"""Evaluations worked out by hand, and each checked to the cent against what the clock's run writes.

Unless a case says otherwise: issued on 2 March 2026 at 15:00, valid until 12 March at 09:00 (UTC), so
its days are 2 … 12; price at issue $10; the target of a BUY is $15, of a SELL $5, so the whole way is $5.
Prices stand as {day of March: price}.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cards.models import PriceSnapshot
from core.clock import clock_at
from signals_bridge.models import Recommendation
from signals_bridge.services import evaluate_signals
from tests.factories import CardFactory
from tests.signals_bridge.factories import SignalFactory

pytestmark = pytest.mark.django_db

ISSUED = datetime(2026, 3, 2, 15, tzinfo=UTC)
ENDS = datetime(2026, 3, 12, 9, tzinfo=UTC)


@dataclass
class Case:
    """A call, the prices that came, and the outcome: end, peak and its day, accuracies, percents."""

    name: str
    action: str
    prices: dict[int, str]
    end: str
    peak: tuple[str, int]
    accuracy: tuple[str, str]  # end, peak
    percent: tuple[str, str]  # end, peak
    price: str = "10.00"
    target: str | None = None
    issued: datetime = ISSUED
    ends: datetime = ENDS
    source: str = "csv"
    beside: list[tuple[str, str, dict[int, str]]] = field(default_factory=list)  # (finish, source, prices)


CASES = [
    # --- BUY: accuracy = (p − 10) / (15 − 10), percent = (p − 10) / 10
    # 6/5 = 1.2, at most 1; 6/10 = 60 %
    Case(
        "a target more than met",
        "BUY",
        {2: "10.00", 7: "12.00", 12: "16.00"},
        "16.00",
        ("16.00", 12),
        ("1", "1"),
        ("60", "60"),
    ),
    # 5/5 = 1; 5/10 = 50 %
    Case(
        "a target met to the cent",
        "BUY",
        {2: "10.00", 12: "15.00"},
        "15.00",
        ("15.00", 12),
        ("1", "1"),
        ("50", "50"),
    ),
    # 4.99/5 = 0.998; 4.99/10 = 49.9 %
    Case(
        "a target missed by a cent",
        "BUY",
        {2: "10.00", 12: "14.99"},
        "14.99",
        ("14.99", 12),
        ("0.998", "0.998"),
        ("49.9", "49.9"),
    ),
    # 2.5/5 = 0.5; 2.5/10 = 25 %
    Case(
        "half of the way",
        "BUY",
        {2: "10.00", 12: "12.50"},
        "12.50",
        ("12.50", 12),
        ("0.5", "0.5"),
        ("25", "25"),
    ),
    # −2/5 < 0: 0; −2/10 = −20 %; at best 10: 0 and 0 %
    Case(
        "the wrong way from the first day on",
        "BUY",
        {2: "10.00", 6: "9.00", 12: "8.00"},
        "8.00",
        ("10.00", 2),
        ("0", "0"),
        ("-20", "0"),
    ),
    # −0.5/10 = −5 %; at best −0.1/10 = −1 %
    Case(
        "never above the price at issue",
        "BUY",
        {2: "9.50", 5: "9.90", 12: "9.50"},
        "9.50",
        ("9.90", 5),
        ("0", "0"),
        ("-5", "-1"),
    ),
    # end −0.5/10 = −5 %: 0; peak 4/5 = 0.8, 4/10 = 40 %
    Case(
        "a peak on the way, then a fall",
        "BUY",
        {3: "14.00", 12: "9.50"},
        "9.50",
        ("14.00", 3),
        ("0", "0.8"),
        ("-5", "40"),
    ),
    # 0/5 = 0, 0 %; the first of the days with the same peak
    Case(
        "no move at all",
        "BUY",
        {2: "10.00", 7: "10.00", 12: "10.00"},
        "10.00",
        ("10.00", 2),
        ("0", "0"),
        ("0", "0"),
    ),
    # 3/5 = 0.6; 3/10 = 30 %
    Case(
        "gaps: the last price is three days before the end",
        "BUY",
        {4: "11.00", 9: "13.00"},
        "13.00",
        ("13.00", 9),
        ("0.6", "0.6"),
        ("30", "30"),
    ),
    # 2/5 = 0.4; 2/10 = 20 %
    Case(
        "a single price, on the first day",
        "BUY",
        {2: "12.00"},
        "12.00",
        ("12.00", 2),
        ("0.4", "0.4"),
        ("20", "20"),
    ),
    # 1/7 = 0.142857… → 0.1429; 1/3 = 33.33333… → 33.3333 %
    Case(
        "rounded to four places",
        "BUY",
        {12: "4.00"},
        "4.00",
        ("4.00", 12),
        ("0.1429", "0.1429"),
        ("33.3333", "33.3333"),
        price="3.00",
        target="10.00",
    ),
    # 0.01/200 = 0.00005 → 0.0001; 0.01/100 = 0.01 %
    Case(
        "half a last place is rounded up",
        "BUY",
        {12: "100.01"},
        "100.01",
        ("100.01", 12),
        ("0.0001", "0.0001"),
        ("0.01", "0.01"),
        price="100.00",
        target="300.00",
    ),
    # −0.01/20000 = −0.00005 % → −0.0001 %
    Case(
        "and of a loss away from zero",
        "BUY",
        {12: "19999.99"},
        "19999.99",
        ("19999.99", 12),
        ("0", "0"),
        ("-0.0001", "-0.0001"),
        price="20000.00",
        target="30000.00",
    ),
    # 0.01/200.01 = 0.0000499975 → 0.0000
    Case(
        "just under half a last place",
        "BUY",
        {12: "100.01"},
        "100.01",
        ("100.01", 12),
        ("0", "0"),
        ("0.01", "0.01"),
        price="100.00",
        target="300.01",
    ),
    # 99999999.98/0.01 = 9999999998 = 999999999800 %
    Case(
        "as far as prices go",
        "BUY",
        {12: "99999999.99"},
        "99999999.99",
        ("99999999.99", 12),
        ("1", "1"),
        ("999999999800", "999999999800"),
        price="0.01",
        target="0.02",
    ),
    # --- SELL, the mirror: accuracy = (10 − p) / (10 − 5), percent = (10 − p) / 10, the lowest is the peak
    # 6/5 = 1.2, at most 1; 6/10 = 60 %
    Case(
        "a target more than met",
        "SELL",
        {2: "10.00", 12: "4.00"},
        "4.00",
        ("4.00", 12),
        ("1", "1"),
        ("60", "60"),
    ),
    # 2.5/5 = 0.5; 2.5/10 = 25 %
    Case("half of the way", "SELL", {12: "7.50"}, "7.50", ("7.50", 12), ("0.5", "0.5"), ("25", "25")),
    # −2/5 < 0: 0; −2/10 = −20 %; at best 10: 0, 0 %
    Case("the wrong way", "SELL", {2: "10.00", 12: "12.00"}, "12.00", ("10.00", 2), ("0", "0"), ("-20", "0")),
    # end −1/10 = −10 %: 0; low 4/5 = 0.8, 4/10 = 40 %, first on the 5th
    Case(
        "a low on the way, twice",
        "SELL",
        {5: "6.00", 8: "6.00", 12: "11.00"},
        "11.00",
        ("6.00", 5),
        ("0", "0.8"),
        ("-10", "40"),
    ),
    # 0.01/0.01 = 1; 0.01/0.02 = 50 %
    Case(
        "of two cents one",
        "SELL",
        {12: "0.01"},
        "0.01",
        ("0.01", 12),
        ("1", "1"),
        ("50", "50"),
        price="0.02",
        target="0.01",
    ),
    # 0.40/1.50 = 0.26666… → 0.2667; 0.40/3 = 13.33333… → 13.3333 %
    Case(
        "thirds",
        "SELL",
        {12: "2.60"},
        "2.60",
        ("2.60", 12),
        ("0.2667", "0.2667"),
        ("13.3333", "13.3333"),
        price="3.00",
        target="1.50",
    ),
    # --- HOLD: m = the largest |p − 10| / 10, accuracy = 1 − m / 0.15 for both; percents as a BUY's
    # m = 0: 1; 0 %
    Case("it stood still", "HOLD", {2: "10.00", 12: "10.00"}, "10.00", ("10.00", 2), ("1", "1"), ("0", "0")),
    # m = 0.75/10 = 0.075: 1 − 0.5 = 0.5; end 0 %, peak 7.5 %
    Case(
        "up, and back again",
        "HOLD",
        {2: "10.00", 6: "10.75", 12: "10.00"},
        "10.00",
        ("10.75", 6),
        ("0.5", "0.5"),
        ("0", "7.5"),
    ),
    # m = 0.9/10 = 0.09: 1 − 0.6 = 0.4; end 2 %, peak −9 %
    Case(
        "the larger of two moves, down",
        "HOLD",
        {4: "10.50", 8: "9.10", 12: "10.20"},
        "10.20",
        ("9.10", 8),
        ("0.4", "0.4"),
        ("2", "-9"),
    ),
    # m = 0.6/10 = 0.06: 1 − 0.4 = 0.6; −6 %, then 6 %
    Case(
        "as far up as down: the first of them",
        "HOLD",
        {3: "9.40", 12: "10.60"},
        "10.60",
        ("9.40", 3),
        ("0.6", "0.6"),
        ("6", "-6"),
    ),
    # m = 0.15: 1 − 1 = 0; −15 %
    Case("exactly 15 %", "HOLD", {9: "8.50"}, "8.50", ("8.50", 9), ("0", "0"), ("-15", "-15")),
    # m = 0.2: 1 − 1.33 < 0: 0; 20 %
    Case("more than 15 %", "HOLD", {9: "12.00"}, "12.00", ("12.00", 9), ("0", "0"), ("20", "20")),
    # m = 0.1/3 = 0.0333…: 1 − 0.2222… = 0.77777… → 0.7778; 3.33333… → 3.3333 %
    Case(
        "thirds",
        "HOLD",
        {12: "3.10"},
        "3.10",
        ("3.10", 12),
        ("0.7778", "0.7778"),
        ("3.3333", "3.3333"),
        price="3.00",
    ),
    # --- which days
    # only the 2nd: 1/5 = 0.2; 10 %
    Case(
        "issued and ended on one day",
        "BUY",
        {1: "20.00", 2: "11.00", 3: "20.00"},
        "11.00",
        ("11.00", 2),
        ("0.2", "0.2"),
        ("10", "10"),
        issued=datetime(2026, 3, 2, 1, tzinfo=UTC),
        ends=datetime(2026, 3, 2, 23, tzinfo=UTC),
    ),
    # 1/5 = 0.2; 10 %
    Case(
        "prices before the first and after the last day",
        "BUY",
        {1: "99.00", 2: "10.00", 12: "11.00", 13: "99.00"},
        "11.00",
        ("11.00", 12),
        ("0.2", "0.2"),
        ("10", "10"),
    ),
    # end 1/5 = 0.2, 10 %; peak 4/5, 40 %
    Case(
        "a minute of the first and of the last day is enough",
        "BUY",
        {1: "99.00", 2: "14.00", 12: "11.00", 13: "99.00"},
        "11.00",
        ("14.00", 2),
        ("0.2", "0.8"),
        ("10", "40"),
        issued=datetime(2026, 3, 2, 23, 59, tzinfo=UTC),
        ends=datetime(2026, 3, 12, 0, 1, tzinfo=UTC),
    ),
    # in Auckland it is the 3rd and the 13th already: 2/5 = 0.4; 20 %
    Case(
        "a day is a day of UTC",
        "BUY",
        {2: "12.00", 13: "99.00"},
        "12.00",
        ("12.00", 2),
        ("0.4", "0.4"),
        ("20", "20"),
        issued=datetime(2026, 3, 3, 4, 30, tzinfo=UTC) - timedelta(hours=5),
        ends=datetime(2026, 3, 13, 12, 30, tzinfo=UTC) - timedelta(hours=13),
    ),
    # --- which series
    # 2.5/5 = 0.5; 25 %
    Case(
        "another finish is another card",
        "BUY",
        {2: "10.00", 12: "12.50"},
        "12.50",
        ("12.50", 12),
        ("0.5", "0.5"),
        ("25", "25"),
        beside=[("foil", "csv", {7: "99.00", 12: "1.00"})],
    ),
    # 2/5 = 0.4; 20 %
    Case(
        "of several sources the first alone, be another newer and higher",
        "BUY",
        {2: "10.00", 8: "12.00"},
        "12.00",
        ("12.00", 8),
        ("0.4", "0.4"),
        ("20", "20"),
        source="scryfall",
        beside=[("nonfoil", "csv", {5: "99.00", 12: "15.00"})],
    ),
    # 5/5 = 1; 50 %
    Case(
        "the second source where the first has no price in these days",
        "BUY",
        {12: "15.00"},
        "15.00",
        ("15.00", 12),
        ("1", "1"),
        ("50", "50"),
        beside=[("nonfoil", "scryfall", {1: "50.00", 13: "50.00"})],
    ),
    # 1/5 = 0.2; 10 %
    Case(
        "a source that is not listed is none",
        "BUY",
        {12: "11.00"},
        "11.00",
        ("11.00", 12),
        ("0.2", "0.2"),
        ("10", "10"),
        beside=[("nonfoil", "a-shop", {12: "99.00"})],
    ),
]


def came(card: Any, finish: str, source: str, prices: dict[int, str]) -> None:
    PriceSnapshot.objects.bulk_create(
        PriceSnapshot(card=card, finish=finish, source=source, day=date(2026, 3, day), price=Decimal(price))
        for day, price in prices.items()
    )


def call_of(case: Case) -> Recommendation:
    target = case.target or {"BUY": "15.00", "SELL": "5.00"}.get(case.action)
    call: Recommendation = SignalFactory(
        card=CardFactory(),
        action=case.action,
        price_at_issue=Decimal(case.price),
        target_price=target and Decimal(target),
        issued_at=case.issued,
        valid_until=case.ends,
    )
    came(call.card, "nonfoil", case.source, case.prices)
    for finish, source, prices in case.beside:
        came(call.card, finish, source, prices)
    return call


def outcome_of(call: Recommendation) -> tuple[Any, ...]:
    call = Recommendation.objects.get(pk=call.pk)
    return (
        *(call.status, call.price_end, (call.price_peak, call.peak_day)),
        *((call.accuracy_end, call.accuracy_peak), (call.profit_pct_end, call.profit_pct_peak)),
    )


def expected(case: Case) -> tuple[Any, ...]:
    peak, day = case.peak
    return (
        *("evaluated", Decimal(case.end), (Decimal(peak), date(2026, 3, day))),
        *(tuple(map(Decimal, case.accuracy)), tuple(map(Decimal, case.percent))),
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.action}: {case.name}") for case in CASES])
def test_a_call_is_judged_as_the_table_says(case) -> None:
    assert case.ends - case.issued < timedelta(days=11)
    call = call_of(case)
    came(CardFactory(), "nonfoil", "scryfall", {2: "77.00", 12: "77.00"})  # another card's
    with clock_at(case.ends):
        assert evaluate_signals().evaluated == 1
    assert outcome_of(call) == expected(case)


def test_all_of_them_in_one_run() -> None:
    calls = [(call_of(case), case) for case in CASES]
    with clock_at(max(case.ends for case in CASES)):
        assert evaluate_signals().evaluated == len(CASES)
    assert [outcome_of(call) for call, _case in calls] == [expected(case) for _call, case in calls]
