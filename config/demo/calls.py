"""Market calls of the demo: a month of two imported sources, judged by now, and what runs today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Min

from accounts.models import User
from cards.demo import load_demo_catalogue
from cards.models import PriceSnapshot
from core.clock import clock_moved, database_now, database_today
from signals_bridge.models import Action, Recommendation
from signals_bridge.services import (
    evaluate_signals,
    follow_signal,
    import_signals,
    register_publisher,
    register_source,
)

SOURCES = ("cardwatch", "mint-report")
A_MONTH = timedelta(days=30)
OLD, RUNNING = 8, 5  # calls of each source
CENT = Decimal("0.01")

_REASONS = {
    Action.BUY: [
        "Three decks of last week's top eight play it, and no reprint is announced.",
        "Listings have halved in a month.",
        "It has sat at its lowest for a year.",
    ],
    Action.SELL: [
        "A reprint is on the list for spring.",
        "Demand came from one deck, and that deck is gone.",
        "Everybody opens it now; supply will double.",
    ],
    Action.HOLD: ["Nothing moves it either way before the next set."],
}


def calls_of_last_month(everybody: Sequence[User], random: Random) -> None:
    """Issued and followed a month ago, at the prices of then; all are over and judged by now, one void.

    The catalogue comes with it: first as it was then, so that nobody knew more, then as it is now.
    """
    for source, publisher in zip(SOURCES, reversed(everybody), strict=False):
        register_source(name=source, publisher=register_publisher(user=publisher))
    with clock_moved(-A_MONTH):
        load_demo_catalogue()
        calls = [call for source in SOURCES for call in _import(source, OLD, (12, 28), random)]
        for follower in everybody[: -len(SOURCES)]:
            for call in random.sample(calls, random.choice([0, 0, 1, 2])):
                follow_signal(signal_id=call.pk, by=follower)
    load_demo_catalogue()
    with clock_moved(-4 * A_MONTH):  # before the first price that is kept, so nobody can judge it
        _import(SOURCES[0], 1, (10, 20), Random(0))  # noqa: S311  (as the market's)
    evaluate_signals()


def calls_of_today(everybody: Sequence[User], random: Random) -> None:
    """What runs now, and whom the first few follow."""
    with clock_moved(-timedelta(days=4)):
        calls = [call for source in SOURCES for call in _import(source, RUNNING, (10, 60), random)]
    for follower in everybody[:6]:
        for call in random.sample(calls, 3):
            follow_signal(signal_id=call.pk, by=follower)


def _import(source: str, count: int, days: tuple[int, int], random: Random) -> list[Recommendation]:
    """So many new calls of a source, each on a card of its own, for so many days."""
    number = Recommendation.objects.filter(source__name=source).count()
    now = database_now().isoformat()
    rows = [
        {**said, "external_id": f"{source}-{number + n}", "price": str(price), "issued_at": now}
        for n, (said, price) in enumerate(_calls(count, days, random), 1)
    ]
    import_signals(source=source, rows=enumerate(rows), by=None)
    ids = [row["external_id"] for row in rows]
    return list(Recommendation.objects.filter(source__name=source, external_id__in=ids).order_by("pk"))


def _calls(count: int, days: tuple[int, int], random: Random) -> list[tuple[dict[str, Any], Decimal]]:
    """What is said of cards worth a call, and their prices of the day, or of the first day that has any."""
    first = PriceSnapshot.objects.aggregate(day=Min("day"))["day"]
    day = max(database_today(), first)
    priced = PriceSnapshot.objects.filter(day=day, price__gte=2, card__recommendations=None)
    chosen = random.sample(list(priced.order_by("card", "finish")), count)
    return [(_said(price, days, random), price.price) for price in chosen]


def _said(price: PriceSnapshot, days: tuple[int, int], random: Random) -> dict[str, Any]:
    action = random.choices([Action.BUY, Action.SELL, Action.HOLD], [5, 3, 1])[0]
    share = random.uniform(0.08, 0.25) * {Action.BUY: 1, Action.SELL: -1, Action.HOLD: 0}[action]
    target = (price.price * Decimal(1 + share)).quantize(CENT)
    return {
        "card": price.card_id,
        "finish": price.finish,
        "action": action.value,
        "target_price": str(target) if share else None,
        "confidence": f"{random.uniform(0.5, 0.9):.2f}",
        "rationale": random.choice(_REASONS[action]),
        "valid_until": (database_now() + timedelta(days=random.randint(*days))).isoformat(),
    }
