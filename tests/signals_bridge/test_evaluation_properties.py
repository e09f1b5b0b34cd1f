"""Whatever calls and prices there are: the outcome is what exact fractions say, and one run is enough.

The rules of domain.md §7 stand here a second time, in Python's Fraction, and share no line with the SQL.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from cards.models import Card, PriceSnapshot
from core.clock import clock_at
from signals_bridge.models import Recommendation, RecommendationAction, Source
from signals_bridge.services import evaluate_signals
from tests.factories import CardFactory, UserFactory
from tests.signals_bridge.factories import SignalFactory, SourceFactory

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCES = ["scryfall", "csv", "demo"]  # as settings.PRICE_SOURCES

CENTS = st.one_of(st.integers(1, 30), st.integers(1, 5_000), st.integers(1, 9_999_999_999))


@dataclass(frozen=True)
class Price:
    source: str
    day: int  # of March, 0 the first
    cents: int


@dataclass(frozen=True)
class Call:
    action: str
    price: int
    target: int | None
    first: int
    last: int
    entry: int | None  # of bob, who follows
    prices: tuple[Price, ...]


@st.composite
def calls(draw: Any) -> Call:
    action = draw(st.sampled_from(["BUY", "SELL", "HOLD"]))
    price = draw(st.integers(2, 5_000))
    target = {
        "BUY": st.integers(price + 1, 3 * price),
        "SELL": st.integers(1, price - 1),
        "HOLD": st.none(),
    }
    first = draw(st.integers(2, 6))
    prices = st.builds(Price, st.sampled_from([*SOURCES, "a-shop"]), st.integers(0, 9), CENTS)
    return Call(
        action=action,
        price=price,
        target=draw(target[action]),
        first=first,
        last=draw(st.integers(first, 7)),
        entry=draw(st.none() | CENTS),
        prices=tuple(draw(st.lists(prices, max_size=12, unique_by=lambda one: (one.source, one.day)))),
    )


def rounded(number: Fraction | None) -> Decimal | None:
    if number is None:
        return None
    with localcontext(prec=60):
        return (Decimal(number.numerator) / number.denominator).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def outcome(call: Call) -> dict[str, Any] | None:
    """By hand, from the rules; None is void."""
    series: Sequence[Price] = ()
    for source in SOURCES:
        series = [p for p in call.prices if p.source == source and call.first <= p.day <= call.last]
        if series:
            break
    if not series:
        return None
    end = max(series, key=lambda one: one.day).cents
    heights = {
        "BUY": lambda one: (one.cents, -one.day),
        "SELL": lambda one: (-one.cents, -one.day),
        "HOLD": lambda one: (abs(one.cents - call.price), -one.day),
    }
    peak = max(series, key=heights[call.action])
    entry = call.entry
    accuracies = accuracy(call, end, peak.cents), accuracy(call, peak.cents, peak.cents)
    profit = None if entry is None else percent(call, end, entry)
    if call.action == "HOLD":
        profitable: bool | None = accuracies[0] >= Fraction(1, 2)
    else:
        profitable = None if profit is None else profit > 0
    return {
        "prices": (end, peak.cents, FIRST + peak.day * DAY),
        "accuracies": tuple(map(rounded, accuracies)),
        "percents": tuple(rounded(percent(call, price, call.price)) for price in (end, peak.cents)),
        "follow": (rounded(profit), rounded(accuracies[0]), profitable),
    }


def accuracy(call: Call, price: int, furthest: int) -> Fraction:
    if call.target is None:
        move = Fraction(abs(furthest - call.price), call.price)
        return max(Fraction(0), 1 - move / Fraction(15, 100))
    actual = Fraction(price - call.price, call.price) * sign(call)
    predicted = Fraction(call.target - call.price, call.price) * sign(call)
    return Fraction(0) if actual <= 0 else min(Fraction(1), actual / predicted)


def percent(call: Call, price: int, since: int) -> Fraction:
    return Fraction(price - since, since) * sign(call) * 100


def sign(call: Call) -> int:
    return -1 if call.action == "SELL" else 1


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is gone afterwards: each example finds the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def dollars(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


def written(found: Sequence[Call], source: Source, bob: User) -> None:
    cards = [CardFactory() for _ in found]
    PriceSnapshot.objects.bulk_create(
        snapshot(card, price) for card, call in zip(cards, found, strict=True) for price in call.prices
    )
    for number, (card, call) in enumerate(zip(cards, found, strict=True)):
        midday = datetime.combine(FIRST, datetime.min.time(), UTC) + DAY / 2
        signal = SignalFactory(
            source=source,
            external_id=str(number),
            card=card,
            action=call.action,
            price_at_issue=dollars(call.price),
            target_price=dollars(call.target),
            issued_at=midday + call.first * DAY,
            valid_until=midday + call.last * DAY + timedelta(hours=1),
        )
        RecommendationAction.objects.create(
            user=bob,
            recommendation=signal,
            tracking="explicit",
            acted_at=signal.issued_at,
            entry_price=dollars(call.entry),
        )


def snapshot(card: Card, price: Price) -> PriceSnapshot:
    day = FIRST + price.day * DAY
    return PriceSnapshot(
        card=card, finish="nonfoil", source=price.source, day=day, price=dollars(price.cents)
    )


def read() -> dict[str, dict[str, Any] | None]:
    """What the run wrote, by external id."""
    follows = RecommendationAction.objects.select_related("recommendation")
    return {
        follow.recommendation.external_id: shown(follow.recommendation, follow)
        for follow in follows.order_by("recommendation")
    }


def shown(signal: Recommendation, follow: RecommendationAction) -> dict[str, Any] | None:
    if signal.status == "void":
        return None
    assert signal.status == "evaluated"
    end, peak = signal.price_end, signal.price_peak
    assert end is not None
    assert peak is not None
    return {
        "prices": (int(end * 100), int(peak * 100), signal.peak_day),
        "accuracies": (signal.accuracy_end, signal.accuracy_peak),
        "percents": (signal.profit_pct_end, signal.profit_pct_peak),
        "follow": (follow.user_profit_pct, follow.outcome_accuracy, follow.is_profitable),
    }


@given(st.lists(calls(), min_size=1, max_size=5), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_outcome_is_what_fractions_say(found, random) -> None:
    """For any order of entering; twice is once; every accuracy is from 0 to 1."""
    with undone():
        bob, source = UserFactory(), SourceFactory()
        written(found, source, bob)
        with clock_at(NOW):
            done = evaluate_signals()
            first = read()
            again = evaluate_signals()
        expected = {str(number): outcome(call) for number, call in enumerate(found)}
        assert first == expected
        assert (done.evaluated, done.void) == (
            sum(one is not None for one in expected.values()),
            sum(one is None for one in expected.values()),
        )
        assert (again.evaluated, again.void, again.waiting) == (0, 0, 0)
        assert read() == first
        for one in first.values():
            assert one is None or all(0 <= accuracy <= 1 for accuracy in one["accuracies"])
    with undone():
        shuffled = random.sample(found, len(found))
        shuffled = [Call(**{**vars(one), "prices": tuple(reversed(one.prices))}) for one in shuffled]
        written(shuffled, SourceFactory(), UserFactory())
        with clock_at(NOW):
            evaluate_signals()
        assert sorted(map(repr, read().values())) == sorted(map(repr, expected.values()))
