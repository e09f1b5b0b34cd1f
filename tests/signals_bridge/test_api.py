"""Reading calls, following and publishing by API."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Block, Scope
from core.clock import clock_moved, database_now
from signals_bridge.models import Recommendation, RecommendationAction
from signals_bridge.services import choose_following, follow_signal
from tests.clients import Api, problem
from tests.factories import UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory

DAY = timedelta(days=1)


@pytest.fixture
def nobody(db) -> Api:
    return Api()


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [signal["id"] for signal in answer.json()["results"]]


# --- reading ---------------------------------------------------------------------------------


def test_everybody_reads_calls(nobody, signal, opt) -> None:
    answer = nobody.get(f"/signals/{signal.pk}/").json()
    assert answer.pop("card")["name"] == "Opt"
    assert {name: answer[name] for name in answer if not name.endswith(("_at", "_until"))} == {
        "id": signal.pk,
        "source": "acme",
        "publisher": None,
        "external_id": signal.external_id,
        "finish": "nonfoil",
        "action": "BUY",
        "price": "10.00",
        "target_price": "15.00",
        "confidence": 0.75,
        "rationale": "It is in every deck now.",
        "status": "active",
        "positions": None,
        "outcome": None,
        "follow": None,
    }
    assert answer["evaluated_at"] is None
    assert ids(nobody.get("/signals/")) == [signal.pk]


def test_an_unknown_call_is_not_found(alice_api, signal) -> None:
    for number in (signal.pk + 1, 2**31, 2**63, 10**30):
        assert problem(alice_api.get(f"/signals/{number}/"))[:2] == (404, "not_found")
        assert problem(alice_api.put(f"/signals/{number}/follow/"))[:2] == (404, "not_found")
        assert problem(alice_api.delete(f"/signals/{number}/follow/"))[:2] == (404, "not_found")


def test_the_list_can_be_narrowed_and_ordered(alice_api, acme, opt) -> None:
    now = database_now()
    old = SignalFactory(source=acme, card=opt, issued_at=now - 9 * DAY, valid_until=now + 20 * DAY)
    sell = SignalFactory(source=acme, action="SELL", issued_at=now - 3 * DAY, valid_until=now + DAY)
    other = SignalFactory(card=opt, action="HOLD", status="closed", issued_at=now - 5 * DAY, valid_until=now)

    def found(query: str) -> list[int]:
        return ids(alice_api.get(f"/signals/{query}"))

    assert found("") == [sell.pk, other.pk, old.pk]
    assert found("?ordering=ending") == [other.pk, sell.pk, old.pk]
    assert found(f"?card={opt.pk}") == [other.pk, old.pk]
    assert found("?action=SELL,HOLD") == [sell.pk, other.pk]
    assert found("?status=closed") == [other.pk]
    assert found("?source=acme&status=active") == [sell.pk, old.pk]
    assert found(f"?source=nobody&card={10**30}") == []


@pytest.mark.parametrize(
    "query", ["card=0", "card=x", "action=buy", "status=open", "ordering=price", "page_size=101", "cursor=x"]
)
def test_questions_that_are_none(alice_api, signal, query) -> None:
    assert problem(alice_api.get(f"/signals/?{query}"))[0] == 400


def test_pages_follow_each_other(alice_api, acme, opt) -> None:
    now = database_now()
    calls = [SignalFactory(source=acme, card=opt, issued_at=now - n * DAY).pk for n in range(5)]
    first = alice_api.get("/signals/?page_size=2").json()
    second = alice_api.get(first["next"].split("/api/v1")[1]).json()
    assert [s["id"] for s in first["results"] + second["results"]] == calls[:4]


def test_a_list_costs_the_same_for_one_and_three(alice_api, acme, opt, count_queries) -> None:
    def cost() -> int:
        return count_queries(lambda: ids(alice_api.get("/signals/")))

    SignalFactory(source=acme, card=opt)
    cost()
    one = cost()
    for _ in range(2):
        SignalFactory(source=SourceFactory(publisher=PublisherFactory(), is_personal=True))
    assert (cost(), one) == (2, 2)


def test_a_traders_call_names_the_trader_and_hides_with_them(bob, bob_api, charlie_api, opt) -> None:
    trader = UserFactory(username="goldie")
    source = SourceFactory(publisher=PublisherFactory(user=trader), is_personal=True)
    call = SignalFactory(source=source, card=opt, publisher_owns=3, publisher_offers=1, publisher_wants=0)
    shown = bob_api.get(f"/signals/{call.pk}/").json()
    assert shown["publisher"] == "goldie"
    assert shown["positions"] == {"owns": 3, "offers": 1, "wants": 0}
    Block.objects.create(blocker=trader, blocked=bob)
    assert problem(bob_api.get(f"/signals/{call.pk}/"))[:2] == (404, "not_found")
    assert ids(bob_api.get("/signals/")) == []
    assert ids(charlie_api.get("/signals/")) == [call.pk]


def test_a_call_that_one_follows_stays_in_sight(bob, bob_api, opt) -> None:
    trader = UserFactory()
    call = SignalFactory(
        card=opt, source=SourceFactory(publisher=PublisherFactory(user=trader), is_personal=True)
    )
    follow_signal(signal_id=call.pk, by=bob)
    Block.objects.create(blocker=bob, blocked=trader)
    assert bob_api.get(f"/signals/{call.pk}/").status_code == 200


def test_an_imported_call_is_market_data_whoever_imports_it(bob, bob_api, alice, signal) -> None:
    Block.objects.create(blocker=alice, blocked=bob)
    assert bob_api.get(f"/signals/{signal.pk}/").json()["publisher"] is None


# --- who makes them --------------------------------------------------------------------------


def evaluated(source: Any, *, right: bool, confidence: str = "0.8") -> None:
    """A BUY at $10 that ended at $12 or at $8."""
    end = 12 if right else 8
    SignalFactory(
        source=source,
        confidence=confidence,
        issued_at=database_now() - 40 * DAY,
        status="evaluated",
        evaluated_at=database_now(),
        price_end=end,
        price_peak=end,
        peak_day=database_now().date(),
        accuracy_end="0.4" if right else 0,
        accuracy_peak="0.4" if right else 0,
        profit_pct_end=20 if right else -20,
        profit_pct_peak=20 if right else -20,
    )


def test_publishers_and_their_records(nobody, alice, acme) -> None:
    for right in (True, True, False, True):
        evaluated(acme, right=right)
    trader = UserFactory(username="goldie")
    evaluated(SourceFactory(publisher=PublisherFactory(user=trader), is_personal=True), right=False)
    SourceFactory(name="silent")
    assert nobody.get("/publishers/").json()["results"] == [
        {
            "sources": ["acme"],
            "publisher": None,
            "n": 4,
            "hits": 3,
            "hit_rate": "0.7500",
            "mean_accuracy": "0.3000",
            "brier": "0.1900",  # (3 × 0.2² + 0.8²) / 4
            "baseline": "0.1875",  # 3/4 × 1/4
            "afterwards": 0,
        },
        {
            "sources": [f"trader-{trader.pk}"],
            "publisher": "goldie",
            "n": 1,
            "hits": 0,
            "hit_rate": "0.0000",
            "mean_accuracy": "0.0000",
            "brier": "0.6400",
            "baseline": "0.0000",
            "afterwards": 0,
        },
    ]


def test_publishers_come_in_pages_and_cost_the_same(alice_api, count_queries) -> None:
    def cost() -> int:
        return count_queries(lambda: alice_api.get("/publishers/"))

    sources = [SourceFactory() for _ in range(3)]
    evaluated(sources[0], right=True)
    cost()
    one = cost()
    for source in sources[1:]:
        evaluated(source, right=True)
    assert (cost(), one) == (2, 2)
    first = alice_api.get("/publishers/?page_size=2").json()
    second = alice_api.get(first["next"].split("/api/v1")[1]).json()
    names = [row["sources"] for row in first["results"] + second["results"]]
    assert sorted(names) == sorted([source.name] for source in sources)


# --- following -------------------------------------------------------------------------------


def test_follow_read_and_take_back(bob_api, charlie_api, signal) -> None:
    address = f"/signals/{signal.pk}/follow/"
    first, again = bob_api.put(address), bob_api.put(address)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    follow = first.json()
    assert follow["signal"]["id"] == signal.pk
    assert {name: follow[name] for name in follow if name not in ("signal", "acted_at")} == {
        "tracking": "explicit",
        "trade": None,
        "entry_price": "2.50",
        "counts": True,
        "exclusion": "",
        "user_profit_pct": None,
        "outcome_accuracy": None,
        "is_profitable": None,
    }
    assert bob_api.get("/me/signals/").json()["results"] == [follow]
    assert bob_api.get("/signals/").json()["results"][0]["is_followed"] is True
    assert bob_api.get(f"/signals/{signal.pk}/").json()["follow"]["entry_price"] == "2.50"

    assert charlie_api.get("/me/signals/").json()["results"] == []
    assert charlie_api.get("/signals/").json()["results"][0]["is_followed"] is False
    assert charlie_api.get(f"/signals/{signal.pk}/").json()["follow"] is None

    for _ in range(2):
        assert bob_api.delete(address).status_code == 204
    assert bob_api.get("/me/signals/").json()["results"] == []


def test_a_follow_after_the_end_is_a_conflict(bob_api, signal) -> None:
    with clock_moved(31 * DAY):
        assert problem(bob_api.put(f"/signals/{signal.pk}/follow/"))[:2] == (409, "not_open")


def test_a_follow_of_yesterday_cannot_be_taken_back(bob, bob_api, signal) -> None:
    follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(DAY):
        assert problem(bob_api.delete(f"/signals/{signal.pk}/follow/"))[:2] == (409, "too_late")
    assert RecommendationAction.objects.count() == 1


def test_own_follows_can_be_narrowed(bob, bob_api, acme, opt) -> None:
    calls = [SignalFactory(source=acme, action=action) for action in ("BUY", "SELL", "HOLD")]
    for call in calls:
        follow_signal(signal_id=call.pk, by=bob)
    Recommendation.objects.filter(pk=calls[0].pk).update(status="closed")

    def found(query: str) -> list[int]:
        return [follow["signal"]["id"] for follow in bob_api.get(f"/me/signals/{query}").json()["results"]]

    assert found("") == [call.pk for call in reversed(calls)]
    assert found("?status=closed") == [calls[0].pk]
    assert found("?action=SELL,HOLD") == [calls[2].pk, calls[1].pk]
    assert found("?tracking=implicit") == []
    assert problem(bob_api.get("/me/signals/?tracking=both"))[0] == 400


def test_own_follows_cost_the_same_for_one_and_three(bob, bob_api, count_queries) -> None:
    def cost() -> int:
        return count_queries(lambda: bob_api.get("/me/signals/"))

    follow_signal(signal_id=SignalFactory().pk, by=bob)
    cost()
    one = cost()
    for _ in range(2):
        follow_signal(signal_id=SignalFactory().pk, by=bob)
    assert (cost(), one) == (2, 2)


@pytest.mark.parametrize("scope", Scope.values)
def test_what_each_scope_opens(bob, signal, scope) -> None:
    program = Api(bob, [scope])
    may_read, may_trade = scope == Scope.READ, scope == Scope.TRADE

    def is_open(answer: Any) -> bool:
        if answer.status_code == 403:
            assert problem(answer)[1] == "insufficient_scope"
        return answer.status_code < 300

    assert [
        is_open(program.get(path)) for path in ("/signals/", f"/signals/{signal.pk}/", "/me/signals/")
    ] == [may_read] * 3
    assert is_open(program.get("/me/signals/settings/")) == may_read
    assert is_open(program.put(f"/signals/{signal.pk}/follow/")) == may_trade
    assert is_open(program.delete(f"/signals/{signal.pk}/follow/")) == may_trade
    assert is_open(program.put("/me/signals/settings/", {"follows_by_trading": False})) == may_trade


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/me/signals/"),
        ("get", "/me/signals/settings/"),
        ("put", "/signals/1/follow/"),
        ("delete", "/signals/1/follow/"),
        ("post", "/signals/publish/"),
        ("post", "/signals/import/"),
    ],
)
def test_what_is_ones_own_asks_who_comes(nobody, method, path) -> None:
    assert problem(getattr(nobody, method)(path))[0] == 401


def test_following_by_trades_can_be_switched(bob, bob_api, charlie_api) -> None:
    address = "/me/signals/settings/"
    assert bob_api.get(address).json() == {"follows_by_trading": True}
    assert bob_api.put(address, {"follows_by_trading": False}).json() == {"follows_by_trading": False}
    assert bob_api.get(address).json() == {"follows_by_trading": False}
    assert charlie_api.get(address).json() == {"follows_by_trading": True}
    bodies: list[Any] = [{}, {"follows_by_trading": 1}, {"follows_by_trading": None}, {"on": True}, []]
    for bad in bodies:
        assert problem(bob_api.put(address, bad))[0] == 400
    choose_following(by=bob, by_trading=True)
    assert bob_api.get(address).json() == {"follows_by_trading": True}
