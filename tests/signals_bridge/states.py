"""Calls in every state, brought there by the clock's own service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cards.models import Card, PriceSnapshot
from core.clock import database_now
from signals_bridge.models import Recommendation
from signals_bridge.services import evaluate_signals
from tests.signals_bridge.factories import SignalFactory

DAY = timedelta(days=1)


def daily_prices(card: Card, prices: Iterable[str], *, last_day_ago: int) -> None:
    """A price a day in the finish nonfoil; the last of them stands `last_day_ago` days before today."""
    given = list(prices)
    today = database_now().date()
    days = [today - (last_day_ago + len(given) - 1 - n) * DAY for n in range(len(given))]
    PriceSnapshot.objects.bulk_create(
        PriceSnapshot(card=card, finish="nonfoil", source="csv", day=day, price=Decimal(price))
        for day, price in zip(days, given, strict=True)
    )


def over(prices: Iterable[str] = (), **said: Any) -> Recommendation:
    """A call issued 20 days ago that ended 5 days ago; `prices` are those of its last days."""
    now = database_now()
    call: Recommendation = SignalFactory(issued_at=now - 20 * DAY, valid_until=now - 5 * DAY, **said)
    daily_prices(call.card, prices, last_day_ago=5)
    return call


def evaluated(prices: Iterable[str] = ("10.00", "14.00", "12.50"), **said: Any) -> Recommendation:
    """$10 at issue, $15 the target of a BUY; by default it rose to $14 and ended at $12.50."""
    call = over(prices, **said)
    assert evaluate_signals().evaluated == 1
    return Recommendation.objects.get(pk=call.pk)


def void(**said: Any) -> Recommendation:
    call = over(**said)
    assert evaluate_signals().void == 1
    return Recommendation.objects.get(pk=call.pk)
