"""/wants/ and /matches/ for programs."""

import pytest

from cards.models import Want
from tests.clients import Api, problem
from tests.factories import CardFactory, HoldingFactory, WantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    return CardFactory(name="Sol Ring", search_name="sol ring")


def wants(user):
    found = Want.objects.filter(owner=user).order_by("id")
    return list(found.values_list("card_id", "quantity", "finish", "least_condition"))


def test_a_want_is_added_and_shown(alice, card):
    api = Api(alice)
    response = api.post(
        "/wants/", {"card": card.pk, "max_price": "4.50", "least_condition": "LP", "finish": None}
    )
    shown = response.json()
    assert response.status_code == 201
    assert (shown["name"], shown["any_printing"], shown["finish"], shown["language"]) == (
        "Sol Ring",
        False,
        None,
        None,
    )
    assert (shown["max_price"], shown["quantity"], shown["card"]["id"]) == ("4.50", 1, card.pk)
    assert api.get(f"/wants/{shown['id']}/").json() == shown
    assert response["Location"].endswith(f"/wants/{shown['id']}/")


def test_any_printing(alice, card):
    shown = Api(alice).post("/wants/", {"oracle_id": str(card.oracle_id), "quantity": 4}).json()
    assert (shown["name"], shown["any_printing"], shown["card"]) == ("Sol Ring", True, None)
    assert shown["oracle_id"] == str(card.oracle_id)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, ("/card", "one_of_two")),
        ({"quantity": 0}, ("/quantity", "min_value")),
        ({"quantity": 1000}, ("/quantity", "max_value")),
        ({"max_price": "0"}, ("/max_price", "min_value")),
        ({"max_price": "1.001"}, ("/max_price", "invalid")),
        ({"max_price": "NaN"}, ("/max_price", "invalid")),
        ({"finish": ""}, ("/finish", "invalid_choice")),
        ({"accepts_gold_bordered": 1}, ("/accepts_gold_bordered", "invalid")),
        ({"owner": 1}, ("/owner", "unknown_key")),
        ({"oracle_id": "00000000-0000-0000-0000-000000000000"}, ("/oracle_id", "does_not_exist")),
        ({"card": 10**9}, ("/card", "does_not_exist")),
    ],
)
def test_bad_wants(alice, card, body, fault):
    whole = body if not body or body.keys() & {"card", "oracle_id"} else {"card": card.pk, **body}
    assert problem(Api(alice).post("/wants/", whole)) == (400, "invalid", [fault])
    assert wants(alice) == []


def test_a_want_is_changed_and_taken_off(alice, card):
    want = WantFactory(owner=alice, card=card)
    api, path = Api(alice), f"/wants/{want.pk}/"
    assert api.patch(path, {"quantity": 3, "finish": "foil"}).json()["quantity"] == 3
    assert wants(alice) == [(card.pk, 3, "foil", "DMG")]
    turned = api.patch(path, {"oracle_id": str(card.oracle_id), "finish": None}).json()
    assert (turned["any_printing"], turned["finish"]) == (True, None)
    assert api.patch(path, {"card": card.pk}).json()["any_printing"] is False
    assert api.delete(path).status_code == 204
    assert problem(api.get(path))[0] == 404


def test_only_the_owner_has_a_want(alice, charlie, card):
    want = WantFactory(owner=alice, card=card)
    path = f"/wants/{want.pk}/"
    assert Api(alice).get(path).status_code == 200
    api = Api(charlie)
    answers = [api.get(path), api.patch(path, {"quantity": 2}), api.delete(path)]
    assert [problem(answer)[:2] for answer in answers] == [(404, "not_found")] * 3
    assert api.get("/wants/").json()["results"] == []
    assert [row["id"] for row in api.get("/users/alice/wants/").json()["results"]] == [want.pk]


def test_the_list_costs_the_same_for_more_rows(alice, card, django_assert_num_queries):
    WantFactory(owner=alice, card=card)
    api = Api(alice)
    api.get("/wants/")
    with django_assert_num_queries(2):
        assert len(api.get("/wants/").json()["results"]) == 1
    WantFactory(owner=alice, card=None, oracle_id=card.oracle_id)
    WantFactory(owner=alice)
    with django_assert_num_queries(2):
        assert len(api.get("/wants/?ordering=name").json()["results"]) == 3


def test_the_list_is_filtered(alice, card):
    mine = WantFactory(owner=alice, card=None, oracle_id=card.oracle_id)
    WantFactory(owner=alice, card=CardFactory(set_code="lea"))
    api = Api(alice)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/wants/{query}").json()["results"]]

    assert ids("?q=ring") == ids("?any_printing=true") == [mine.pk]
    assert ids("?q=ring%20set:lea") == []


def test_import(alice, card):
    api = Api(alice)
    text = b"3 Sol Ring\n1 Nothing Like It\n"
    rehearsal = api.generic("POST", "/api/v1/wants/import/?dry_run=true", text, "text/plain").json()
    assert wants(alice) == []
    done = api.generic("POST", "/api/v1/wants/import/", text, "text/plain").json()
    assert done == rehearsal
    assert (done["created"], [error["line"] for error in done["errors"]]) == (1, [2])
    assert wants(alice) == [(None, 3, "", "DMG")]


# --- matches --------------------------------------------------------------------------------
@pytest.fixture
def swap(alice, bob, bolt, mox):
    WantFactory(owner=alice, card=mox.card, quantity=1)
    WantFactory(owner=bob, card=bolt.card, quantity=4)


def test_a_match_with_its_reasons(alice, bolt, mox, swap):
    (match,) = Api(alice).get("/matches/").json()["results"]
    assert match["trader"] == {"username": "bob", "display_name": "bob", "country": "", "trust_tier": "new"}
    assert match["score"] == pytest.approx(sum(match["points"].values()), abs=0.05)
    assert match["reasons"] == [
        "Has 1 copy you want, $20.00",
        "Wants 4 copies of yours, $10.00",
        "$10.00 apart (50 %)",
        "Near Mint throughout",
    ]
    (line,) = match["they_have"]["lines"]
    assert (line["holding"], line["quantity"], line["value"], line["card"]["name"]) == (
        mox.pk,
        1,
        "20.00",
        "Mox Opal",
    )
    assert match["you_have"]["value"] == "10.00"


def test_directions(alice, charlie, mox, swap):
    HoldingFactory(owner=charlie, card=mox.card)
    api = Api(alice)

    def traders(query: str) -> list[str]:
        return [match["trader"]["username"] for match in api.get(f"/matches/{query}").json()["results"]]

    assert traders("") == traders("?direction=mutual") == ["bob"]
    assert traders("?direction=want") == ["charlie"]
    assert traders("?direction=have") == []
    assert problem(api.get("/matches/?direction=up")) == (400, "invalid", [("/direction", "invalid")])
    assert problem(Api().get("/matches/"))[0] == 401


def test_matches_cost_the_same_for_more_rows(alice, bolt, mox, swap, django_assert_num_queries):
    api = Api(alice)
    api.get("/matches/")
    with django_assert_num_queries(5):  # the token; the clock, the ranking, traders and rows
        assert len(api.get("/matches/").json()["results"]) == 1
    for _ in range(2):
        other = HoldingFactory(card=mox.card).owner
        WantFactory(owner=other, card=bolt.card)
    with django_assert_num_queries(5):
        assert len(api.get("/matches/").json()["results"]) == 3
