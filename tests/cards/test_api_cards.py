"""/cards/ for programs: search, one printing, its prices."""

from datetime import timedelta
from decimal import Decimal

import pytest

from cards.models import PriceSnapshot
from core.clock import database_now
from tests.clients import Api, problem
from tests.factories import CardFactory, set_price

pytestmark = pytest.mark.django_db


@pytest.fixture
def bolts():
    first = CardFactory(name="Lightning Bolt", search_name="lightning bolt", collector_number="146")
    CardFactory(
        name="Lightning Bolt",
        search_name="lightning bolt",
        oracle_id=first.oracle_id,
        set_code="2x2",
        released_at="2022-07-08",
    )
    CardFactory(name="Lightning Helix", search_name="lightning helix")
    return first


def found(response) -> list[tuple[str, str]]:
    return [(card["name"], card["set"]) for card in response.json()["results"]]


def test_search_is_ranked_and_open_to_all(bolts):
    expected = [("Lightning Bolt", "2x2"), ("Lightning Bolt", "m10"), ("Lightning Helix", "m10")]
    assert found(Api().get("/cards/?q=lightning")) == expected
    assert found(Api().get("/cards/?q=ligtning%20blot")) == expected
    assert found(Api().get("/cards/?q=bolt%20set:m10")) == [("Lightning Bolt", "m10")]
    assert found(Api().get("/cards/?q=%ff((")) == []
    assert problem(Api().get("/cards/?q=%00"))[0] == 400


def test_search_in_pages(bolts):
    first = Api().get("/cards/?q=lightning&page_size=2").json()
    second = Api().generic("GET", first["next"]).json()
    assert (len(first["results"]), first["previous"]) == (2, None)
    assert [card["name"] for card in second["results"]] == ["Lightning Helix"]
    assert second["next"] is None
    assert Api().generic("GET", second["previous"]).json() == first


@pytest.mark.parametrize("query", ["page_size=101", "page_size=x", "cursor=abc"])
def test_bad_pages(query):
    name = query.partition("=")[0]
    assert problem(Api().get(f"/cards/?{query}")) == (400, "invalid", [(f"/{name}", "invalid")])


def test_one_printing(bolts):
    set_price(bolts, "nonfoil", "2.50")
    shown = Api().get(f"/cards/{bolts.pk}/").json()
    today = database_now().date().isoformat()
    assert shown == {
        "id": bolts.pk,
        "scryfall_id": str(bolts.scryfall_id),
        "oracle_id": str(bolts.oracle_id),
        "name": "Lightning Bolt",
        "set": "m10",
        "set_name": "Magic 2010",
        "collector_number": "146",
        "rarity": "common",
        "languages": ["en"],
        "finishes": ["nonfoil", "foil"],
        "image_uri": "",
        "released_at": None,
        "prices": [{"finish": "nonfoil", "price": "2.50", "source": "csv", "as_of": today}],
        "printings": 2,
    }


@pytest.mark.parametrize("pk", ["999999999", "9223372036854775808", "1" * 40])
def test_unknown_printings(bolts, pk):
    assert problem(Api().get(f"/cards/{pk}/"))[:2] == (404, "not_found")
    assert problem(Api().get(f"/cards/{pk}/prices/"))[:2] == (404, "not_found")


def test_the_price_series(bolts):
    today = database_now().date()
    for days, price in enumerate(["3.00", "2.00", "1.00"]):
        day = today - timedelta(days=days)
        row = {"card": bolts, "source": "csv", "day": day, "price": Decimal(price)}
        PriceSnapshot.objects.create(finish="nonfoil", **row)
    PriceSnapshot.objects.create(card=bolts, finish="foil", source="csv", day=today, price=Decimal(9))
    path = f"/cards/{bolts.pk}/prices/"

    def prices(query: str = "") -> list[str]:
        return [point["price"] for point in Api().get(path + query).json()["results"]]

    assert prices("?finish=nonfoil") == ["3.00", "2.00", "1.00"]
    assert prices("?finish=nonfoil&ordering=oldest") == ["1.00", "2.00", "3.00"]
    assert prices(f"?finish=nonfoil,foil&since={today}") == ["9.00", "3.00"]
    assert problem(Api().get(path + "?finish=shiny"))[:2] == (400, "invalid")
