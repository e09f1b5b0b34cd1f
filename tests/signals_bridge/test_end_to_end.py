"""From a publisher's import to a trader's score: every step by the door that its people use."""

import base64
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Scope
from cards.models import Card
from core.clock import clock_moved, database_now
from core.redis import connection
from reputation.models import SignalOutcome
from reputation.tasks import recalculate_user
from signals_bridge.models import Recommendation
from signals_bridge.services import register_publisher
from signals_bridge.tasks import evaluate_signals
from tests.clients import Api
from tests.conftest import page_of
from tests.factories import CardFactory, HoldingFactory, UserFactory, set_price

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def work_off() -> list[int]:
    """Do what lies in the worker's queue, and nothing else; whose figures were rebuilt."""
    messages = [json.loads(row) for row in connection().lrange("celery", 0, -1)]
    connection().delete("celery")
    bodies = [json.loads(base64.b64decode(message["body"]))[0] for message in messages]
    names = {message["headers"]["task"] for message in messages}
    assert names <= {recalculate_user.name}
    for (user_id,) in bodies:
        recalculate_user(user_id)
    return sorted(user_id for (user_id,) in bodies)


@pytest.fixture
def queue() -> Any:
    def empty() -> None:
        connection().delete("celery", *connection().scan_iter("recalculate:*"))

    empty()
    yield
    empty()


@pytest.fixture
def cards(db) -> list[Card]:
    cards: list[Card] = [CardFactory() for _ in range(5)]
    for card in cards:
        set_price(card, "nonfoil", "10.00")
    return cards


def imported(publisher: Any, cards: list[Card]) -> list[int]:
    """A BUY of each at $10 for $15, for twenty days, by the API; their ids."""
    now = database_now()
    said = {
        "finish": "nonfoil",
        "action": "BUY",
        "price": "10.00",
        "target_price": "15.00",
        "confidence": 0.8,
    }
    times = {"issued_at": now.isoformat(), "valid_until": (now + 20 * DAY).isoformat()}
    signals = [{"external_id": f"w{card.pk}", "card": card.pk, **said, **times} for card in cards]
    answer = Api(publisher, [Scope.SIGNALS_IMPORT]).post(
        "/signals/import/", {"source": "wire", "signals": signals}
    )
    assert (answer.status_code, answer.json()) == (200, {"created": 5, "unchanged": 0})
    return list(Recommendation.objects.order_by("pk").values_list("pk", flat=True))


def traded(alice: Any, bob: Any, cards: list[Card]) -> None:
    """Alice gives bob one of each, for one card of his of the same price; all by the API."""
    mine = [HoldingFactory(owner=alice, card=card, quantity=1) for card in cards]
    theirs = HoldingFactory(owner=bob, price="50.00", quantity=1)
    offer = {
        "recipient": "bob",
        "proposer_offers": [{"holding": holding.pk, "quantity": 1} for holding in mine],
        "proposer_wants": [{"holding": theirs.pk, "quantity": 1}],
    }
    trade = Api(alice).post("/trades/", offer).json()["id"]
    assert Api(bob).patch(f"/trades/{trade}/", {"status": "accepted"}).status_code == 200
    for one in (alice, bob):
        assert Api(one).post(f"/trades/{trade}/complete/", {}).status_code == 200


def prices_came(cards: list[Card], path: Path) -> None:
    """Four cards ended at $12.50, the last at $9: as a file that `importprices` reads."""
    day = database_now().date() - DAY
    lines = [f"{card.scryfall_id},nonfoil,{day},12.50" for card in cards[:4]]
    lines.append(f"{cards[4].scryfall_id},nonfoil,{day},9.00")
    path.write_text("scryfall_id,finish,day,price\n" + "\n".join(lines) + "\n")
    call_command("importprices", str(path), verbosity=0)


def reputation_of(name: str) -> dict[str, Any]:
    answer = Api().get(f"/users/{name}/reputation/")
    assert answer.status_code == 200
    return dict(answer.json())


def page_says(viewer: Any, path: str) -> str:
    answer = page_of(viewer).get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_call_becomes_a_follow_a_profit_and_points(alice, bob, charlie, cards, queue, tmp_path) -> None:
    publisher = UserFactory(username="wirenews")
    register_publisher(user=publisher)
    signals = imported(publisher, cards)
    traded(alice, bob, cards)
    follows = Api(bob).get("/me/signals/").json()["results"]
    assert [(f["signal"]["id"], f["tracking"], f["entry_price"], f["counts"]) for f in reversed(follows)] == [
        (pk, "implicit", "10.00", True) for pk in signals
    ]
    assert Api(alice).get("/me/signals/").json()["results"] == []  # she gave, and nobody said SELL
    assert work_off() == sorted([alice.pk, bob.pk])
    before = reputation_of("bob")
    # An address 10, one trade 10.
    assert (before["figures"]["reputation_score"], before["figures"]["signals_followed"]) == (20, 0)
    assert "They count from 5 evaluated follows on." in page_says(charlie, "/u/bob/reputation/")

    with clock_moved(21 * DAY):
        prices_came(cards, tmp_path / "prices.csv")
        assert evaluate_signals() == {"evaluated": 5, "void": 0, "waiting": 0}
        assert work_off() == [bob.pk]
        assert evaluate_signals() == {"evaluated": 0, "void": 0, "waiting": 0}
        assert work_off() == []

        follows = Api(bob).get("/me/signals/").json()["results"]
        # 2.5/10 = 25 % and half of the way to 15; −1/10 = −10 %.
        results = [
            (f["user_profit_pct"], f["outcome_accuracy"], f["is_profitable"]) for f in reversed(follows)
        ]
        assert results == [*[("25.0000", "0.5000", True)] * 4, ("-10.0000", "0.0000", False)]
        outcomes = SignalOutcome.objects.filter(user=bob, source="wire")
        assert sorted(outcomes.values_list("profitable", flat=True)) == [False, True, True, True, True]

        after = reputation_of("bob")
        shown = {name: after["figures"][name] for name in after["figures"] if name.startswith("signal")}
        assert shown == {"signals_followed": 5, "signals_profitable": 4, "signal_accuracy_pct": "80.00"}
        # The lower Wilson end of 4 in 5 is 0.3755, so 37.6 points; at most 20 % of a trade's 10.
        assert after["parts"]["signals"] == 2.0
        assert after["figures"]["reputation_score"] == 22
        page = page_says(charlie, "/u/bob/reputation/")
        assert "4 of 5 followed calls were right" in page
        assert reputation_of("alice")["figures"]["reputation_score"] == 20

        notices = page_says(bob, "/notifications/")
        for card, profit in zip(cards, ["+25.00"] * 4 + ["−10.00"], strict=True):
            assert f"The BUY of {card.name} is over: {profit} % for you." in notices
        assert bob.notifications.filter(category="signals").count() == 5
        judged = Api().get(f"/signals/{signals[0]}/").json()
        assert (judged["status"], judged["outcome"]["price_end"]) == ("evaluated", "12.50")
        assert Decimal(judged["outcome"]["accuracy_end"]) == Decimal("0.5")
    call_command("verifyreputation")
