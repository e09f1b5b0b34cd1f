"""Publishing by the API: traders of gold and above call what they expect."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.limits import Tier
from accounts.models import Scope
from cards.models import PriceSnapshot
from core.clock import database_now
from signals_bridge.models import Recommendation
from tests.clients import Api, problem
from tests.factories import CardFactory, HoldingFactory, UserFactory, WantFactory, set_price

DAY = timedelta(days=1)


@pytest.fixture
def goldie(db):
    return UserFactory(username="goldie", trust_tier=Tier.GOLD)


@pytest.fixture
def goldie_api(goldie) -> Api:
    return Api(goldie)


@pytest.fixture
def call(opt) -> dict[str, Any]:
    return {
        "card": opt.pk,
        "finish": "nonfoil",
        "action": "BUY",
        "target_price": "5.00",
        "confidence": 0.6,
        "rationale": "No reprint before the autumn.",
        "valid_until": (database_now() + 60 * DAY).isoformat(),
    }


def test_a_trusted_trader_publishes_at_the_price_of_now(goldie, goldie_api, opt, call) -> None:
    HoldingFactory(owner=goldie, card=opt, quantity=4, for_trade=1)
    HoldingFactory(owner=goldie, card=opt, condition="LP", quantity=2, for_trade=2)
    HoldingFactory(owner=goldie, card=opt, finish="foil", quantity=9, for_trade=9)
    HoldingFactory(card=opt, quantity=9)
    WantFactory(owner=goldie, card=opt, quantity=2)
    WantFactory(owner=goldie, card=None, oracle_id=opt.oracle_id, quantity=3)
    WantFactory(owner=goldie, card=opt, finish="foil", quantity=9)
    before = database_now()
    answer = goldie_api.post("/signals/publish/", call)
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["publisher"], shown["source"]) == ("goldie", f"trader-{goldie.pk}")
    assert (shown["price"], shown["target_price"], shown["status"]) == ("2.50", "5.00", "active")
    assert shown["positions"] == {"owns": 6, "offers": 3, "wants": 5}
    signal = Recommendation.objects.get()
    assert before <= signal.issued_at == signal.received_at <= database_now()
    set_price(opt, "nonfoil", "9.00")
    signal.refresh_from_db()
    assert signal.price_at_issue == Decimal("2.50")


def test_one_call_a_card_at_a_time(goldie_api, call) -> None:
    assert goldie_api.post("/signals/publish/", call).status_code == 201
    other_way = call | {"action": "SELL", "target_price": "1.00"}
    assert problem(goldie_api.post("/signals/publish/", other_way))[:2] == (409, "already_running")
    foil = call | {"finish": "foil", "target_price": "9.00"}
    assert goldie_api.post("/signals/publish/", foil).status_code == 201
    assert Recommendation.objects.count() == 2


def test_publishing_is_once_a_key(goldie_api, call) -> None:
    answers = [goldie_api.post("/signals/publish/", call, key="k1").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Recommendation.objects.count() == 1


@pytest.mark.parametrize("tier", list(Tier))
def test_publishing_begins_with_gold(db, call, tier) -> None:
    answer = Api(UserFactory(trust_tier=tier)).post("/signals/publish/", call)
    if tier in (Tier.GOLD, Tier.PLATINUM, Tier.DIAMOND):
        assert answer.status_code == 201
    else:
        assert problem(answer)[:2] == (403, "tier_too_low")
        assert Recommendation.objects.count() == 0


def test_who_may_not_write_may_not_publish(db, call) -> None:
    unverified = UserFactory(trust_tier=Tier.GOLD, verified=False)
    assert problem(Api(unverified).post("/signals/publish/", call))[:2] == (403, "email_not_verified")
    restricted = UserFactory(trust_tier=Tier.GOLD, restricted_until=database_now() + DAY)
    assert problem(Api(restricted).post("/signals/publish/", call))[:2] == (403, "restricted")
    assert Recommendation.objects.count() == 0


@pytest.mark.parametrize("scope", Scope.values)
def test_publishing_asks_for_the_scope_of_trading(goldie, call, scope) -> None:
    status = Api(goldie, [scope]).post("/signals/publish/", call).status_code
    assert status == (201 if scope == Scope.TRADE else 403)


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"target_price": "2.50"}, [("/target_price", "wrong_side")]),
        ({"action": "SELL"}, [("/target_price", "wrong_side")]),
        ({"action": "HOLD"}, [("/target_price", "no_target")]),
        ({"target_price": None}, [("/target_price", "required")]),
        ({"price": "1.00"}, [("/price", "unknown_key")]),
        ({"issued_at": "2026-01-01T00:00:00Z"}, [("/issued_at", "unknown_key")]),
        ({"external_id": "x"}, [("/external_id", "unknown_key")]),
        ({"positions": {}}, [("/positions", "unknown_key")]),
        ({"card": 2**40}, [("/card", "unknown_card")]),
        ({"finish": "etched"}, [("/finish", "unknown_finish")]),
        ({"confidence": 1.5}, [("/confidence", "out_of_range")]),
        ({"valid_until": "2020-01-01T00:00:00Z"}, [("/valid_until", "ends_before_issue")]),
        ({"valid_until": "2120-01-01T00:00:00Z"}, [("/valid_until", "too_late")]),
    ],
)
def test_what_cannot_be_published(goldie_api, call, said, faults) -> None:
    status, _code, found = problem(goldie_api.post("/signals/publish/", call | said))
    assert (status, found) == (400, faults)
    assert Recommendation.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b'"x"'])
def test_a_body_that_is_no_call(goldie_api, body) -> None:
    assert problem(goldie_api.post("/signals/publish/", body))[0] == 400


def test_a_card_without_a_price_cannot_be_called(goldie_api, call) -> None:
    PriceSnapshot.objects.all().delete()
    assert problem(goldie_api.post("/signals/publish/", call))[:2] == (409, "no_price")


def test_ones_own_call_can_be_followed_and_does_not_count(goldie_api, call) -> None:
    number = goldie_api.post("/signals/publish/", call).json()["id"]
    follow = goldie_api.put(f"/signals/{number}/follow/").json()
    assert (follow["counts"], follow["exclusion"]) == (False, "own")


def test_an_unpriced_card_by_scryfalls_id(goldie_api, call) -> None:
    card = CardFactory()
    set_price(card, "nonfoil", "1.00")
    said = {name: value for name, value in call.items() if name != "card"}
    shown = goldie_api.post("/signals/publish/", said | {"scryfall_id": str(card.scryfall_id)}).json()
    assert shown["card"]["id"] == card.pk
