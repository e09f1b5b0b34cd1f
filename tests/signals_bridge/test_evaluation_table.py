"""Evaluations worked out by hand, and each checked to the cent against what the clock's run writes."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from cards.models import Card, PriceSnapshot
from core.clock import clock_at
from signals_bridge.models import Recommendation
from signals_bridge.services import evaluate_signals
from tests.factories import CardFactory
from tests.signals_bridge.factories import SignalFactory

pytestmark = pytest.mark.django_db

# Issued on 2 March 2026 at 15:00 and valid until 12 March at 09:00 (UTC) unless it says otherwise, so the
# days are 2 … 12. Of a price: [finish or source] day of March: dollars, by itself nonfoil from "csv".
# The arithmetic stands at the end: the way gone over the whole way, and the way gone over the price.
TABLE = """
call           | prices                           | end   | peak       | accuracy    | percent      | why
BUY 10 → 15    | 2: 10, 7: 12, 12: 16             | 16    | 16 on 12   | 1 1         | 60 60        | more than met: 6/5 = 1.2, at most 1; 6/10
BUY 10 → 15    | 2: 10, 12: 15                    | 15    | 15 on 12   | 1 1         | 50 50        | met to the cent: 5/5 = 1; 5/10
BUY 10 → 15    | 2: 10, 12: 14.99                 | 14.99 | 14.99 on 12| 0.998 0.998 | 49.9 49.9    | missed by a cent: 4.99/5 = 0.998; 4.99/10
BUY 10 → 15    | 2: 10, 12: 12.50                 | 12.50 | 12.50 on 12| 0.5 0.5     | 25 25        | half met: 2.5/5 = 0.5; 2.5/10
BUY 10 → 15    | 2: 10, 6: 9, 12: 8               | 8     | 10 on 2    | 0 0         | -20 0        | missed: −2/5 is below 0; −2/10; at best 0/5 and 0/10
BUY 10 → 15    | 2: 9.50, 5: 9.90, 12: 9.50       | 9.50  | 9.90 on 5  | 0 0         | -5 -1        | never above its price: −0.5/10; at best −0.1/10
BUY 10 → 15    | 3: 14, 12: 9.50                  | 9.50  | 14 on 3    | 0 0.8       | -5 40        | a peak, then a fall: end −0.5/10; peak 4/5 = 0.8, 4/10
BUY 10 → 15    | 2: 10, 7: 10, 12: 10             | 10    | 10 on 2    | 0 0         | 0 0          | no move: 0/5; 0/10; the first of equal peaks
BUY 10 → 15    | 4: 11, 9: 13                     | 13    | 13 on 9    | 0.6 0.6     | 30 30        | gaps, the last price 3 days old: 3/5 = 0.6; 3/10
BUY 10 → 15    | 2: 12                            | 12    | 12 on 2    | 0.4 0.4     | 20 20        | a single price, of the first day: 2/5 = 0.4; 2/10
BUY 3 → 10     | 12: 4                            | 4     | 4 on 12    | 0.1429 0.1429 | 33.3333 33.3333 | rounded: 1/7 = 0.142857…; 1/3 = 0.3333333…
BUY 100 → 300  | 12: 100.01                       | 100.01| 100.01 on 12 | 0.0001 0.0001 | 0.01 0.01 | half a last place goes up: 0.01/200 = 0.00005; 0.01/100
BUY 100 → 300.01 | 12: 100.01                     | 100.01| 100.01 on 12 | 0 0       | 0.01 0.01    | just under half of it: 0.01/200.01 = 0.0000499975…; 0.01/100
BUY 20000 → 30000 | 12: 19999.99                  | 19999.99 | 19999.99 on 12 | 0 0  | -0.0001 -0.0001 | half of it down, away from zero: −0.01/20000 = −0.00005 %
BUY 0.01 → 0.02 | 12: 99999999.99                 | 99999999.99 | 99999999.99 on 12 | 1 1 | 999999999800 999999999800 | as far as prices go: 99999999.98/0.01 = 9999999998
SELL 10 → 5    | 2: 10, 12: 4                     | 4     | 4 on 12    | 1 1         | 60 60        | more than met: 6/5 = 1.2, at most 1; 6/10
SELL 10 → 5    | 12: 7.50                         | 7.50  | 7.50 on 12 | 0.5 0.5     | 25 25        | half met: 2.5/5 = 0.5; 2.5/10
SELL 10 → 5    | 2: 10, 12: 12                    | 12    | 10 on 2    | 0 0         | -20 0        | missed: −2/5 is below 0; −2/10; at best 0/5 and 0/10
SELL 10 → 5    | 5: 6, 8: 6, 12: 11               | 11    | 6 on 5     | 0 0.8       | -10 40       | a low twice, then a rise: end −1/10; first low 4/5 = 0.8, 4/10
SELL 0.02 → 0.01 | 12: 0.01                       | 0.01  | 0.01 on 12 | 1 1         | 50 50        | of two cents one: 0.01/0.01 = 1; 0.01/0.02
SELL 3 → 1.50  | 12: 2.60                         | 2.60  | 2.60 on 12 | 0.2667 0.2667 | 13.3333 13.3333 | rounded: 0.4/1.5 = 0.26666…; 0.4/3 = 0.1333333…
HOLD 10        | 2: 10, 12: 10                    | 10    | 10 on 2    | 1 1         | 0 0          | it stood still: 1 − 0/0.15
HOLD 10        | 2: 10, 6: 10.75, 12: 10          | 10    | 10.75 on 6 | 0.5 0.5     | 0 7.5        | up and back: 1 − 0.075/0.15 = 0.5; end 0/10, peak 0.75/10
HOLD 10        | 4: 10.50, 8: 9.10, 12: 10.20     | 10.20 | 9.10 on 8  | 0.4 0.4     | 2 -9         | the largest move is down: 1 − 0.09/0.15 = 0.4; 0.2/10; −0.9/10
HOLD 10        | 3: 9.40, 12: 10.60               | 10.60 | 9.40 on 3  | 0.6 0.6     | 6 -6         | as far down as up, the first: 1 − 0.06/0.15 = 0.6; 0.6/10; −0.6/10
HOLD 10        | 9: 8.50                          | 8.50  | 8.50 on 9  | 0 0         | -15 -15      | exactly 15 %: 1 − 0.15/0.15 = 0; −1.5/10
HOLD 10        | 9: 12                            | 12    | 12 on 9    | 0 0         | 20 20        | more than 15 %: 1 − 0.2/0.15 is below 0; 2/10
HOLD 3         | 12: 3.10                         | 3.10  | 3.10 on 12 | 0.7778 0.7778 | 3.3333 3.3333 | rounded: 1 − (0.1/3)/0.15 = 1 − 0.2222… = 0.77777…; 0.1/3
BUY 10 → 15, 02T01:00 to 02T23:00 | 1: 20, 2: 11, 3: 20 | 11 | 11 on 2 | 0.2 0.2     | 10 10        | issued and ended on one day: 1/5 = 0.2; 1/10
BUY 10 → 15    | 1: 99, 2: 10, 12: 11, 13: 99     | 11    | 11 on 12   | 0.2 0.2     | 10 10        | before the first and after the last day: 1/5 = 0.2; 1/10
BUY 10 → 15, 02T23:59 to 12T00:00 | 1: 99, 2: 14, 12: 11, 13: 99 | 11 | 14 on 2 | 0.2 0.8 | 10 40      | first and last day count whole: end 1/5, 1/10; peak 4/5, 4/10
BUY 10 → 15, 03T12:00+13 to 13T12:00+13 | 1: 99, 2: 12, 13: 99 | 12 | 12 on 2 | 0.4 0.4 | 20 20       | days are UTC's, in Auckland it is the 3rd and 13th: 2/5 = 0.4; 2/10
BUY 10 → 15    | 12: 12.50, foil 7: 99, foil 12: 1 | 12.50 | 12.50 on 12 | 0.5 0.5   | 25 25        | another finish is none of its prices: 2.5/5 = 0.5; 2.5/10
BUY 10 → 15    | scryfall 2: 10, scryfall 8: 12, 5: 99, 12: 15 | 12 | 12 on 8 | 0.4 0.4 | 20 20       | the first source alone, though the second is newer: 2/5 = 0.4; 2/10
BUY 10 → 15    | scryfall 1: 50, scryfall 13: 50, 12: 15 | 15 | 15 on 12 | 1 1      | 50 50        | the second, as the first has none in these days: 5/5 = 1; 5/10
BUY 10 → 15    | 12: 11, a-shop 12: 99            | 11    | 11 on 12   | 0.2 0.2     | 10 10        | a source that is not listed: 1/5 = 0.2; 1/10
"""
CASES = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()[1:]]
CALL = re.compile(
    r"(?P<action>\w+) (?P<price>\S+?)( → (?P<target>\S+?))?(, (?P<issued>\S+) to (?P<ends>\S+))?"
)
PRICE = re.compile(r"((?P<of>\S+) )?(?P<day>\d+): (?P<price>\S+)")
LAST = datetime(2026, 3, 13, 9, tzinfo=UTC)


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(f"2026-03-{text}")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def call_of(said: str, card: Card) -> Recommendation:
    found = CALL.fullmatch(said)
    assert found is not None, said
    call: Recommendation = SignalFactory(
        card=card,
        action=found["action"],
        price_at_issue=Decimal(found["price"]),
        target_price=Decimal(found["target"]) if found["target"] else None,
        issued_at=moment(found["issued"] or "02T15:00"),
        valid_until=moment(found["ends"] or "12T09:00"),
    )
    return call


def prices_of(said: str, card: Card) -> list[PriceSnapshot]:
    return [price_of(one.strip(), card) for one in said.split(",")]


def price_of(said: str, card: Card) -> PriceSnapshot:
    found = PRICE.fullmatch(said)
    assert found is not None, said
    is_foil = found["of"] == "foil"
    return PriceSnapshot(
        card=card,
        finish="foil" if is_foil else "nonfoil",
        source="csv" if is_foil or not found["of"] else found["of"],
        day=date(2026, 3, int(found["day"])),
        price=Decimal(found["price"]),
    )


def laid_out(case: list[str]) -> Recommendation:
    """The call, and its prices: they came the newest first, so the order of rows is no order of days."""
    card = CardFactory()
    PriceSnapshot.objects.bulk_create(reversed(prices_of(case[1], card)))
    return call_of(case[0], card)


def pair(cell: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, cell.split()))


def expected(case: list[str]) -> tuple[Any, ...]:
    _call, _prices, end, peak, accuracy, percent, _why = case
    height, day = peak.split(" on ")
    return "evaluated", Decimal(end), Decimal(height), date(2026, 3, int(day)), pair(accuracy), pair(percent)


def outcome_of(call: Recommendation) -> tuple[Any, ...]:
    call = Recommendation.objects.get(pk=call.pk)
    accuracy = call.accuracy_end, call.accuracy_peak
    percent = call.profit_pct_end, call.profit_pct_peak
    return call.status, call.price_end, call.price_peak, call.peak_day, accuracy, percent


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case[0]}: {case[-1]}") for case in CASES])
def test_a_call_is_judged_as_the_table_says(case) -> None:
    call = laid_out(case)
    PriceSnapshot.objects.bulk_create(prices_of("scryfall 2: 77, scryfall 12: 77", CardFactory()))
    with clock_at(call.valid_until):
        assert evaluate_signals().evaluated == 1
    assert outcome_of(call) == expected(case)


@pytest.mark.parametrize("by_index", ["on", "off"])
def test_all_of_them_in_one_run(by_index) -> None:
    """Whatever way the planner takes to the prices: of equal peaks the first day is told."""
    calls = [laid_out(case) for case in CASES]
    assert len(calls) == 36
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_indexscan = {by_index}")
        cursor.execute(f"SET LOCAL enable_bitmapscan = {by_index}")
    with clock_at(LAST):
        assert evaluate_signals().evaluated == 36
    assert [outcome_of(call) for call in calls] == [expected(case) for case in CASES]
