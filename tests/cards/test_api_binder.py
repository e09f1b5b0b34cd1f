"""/binder/ for programs, and what others see of it."""

import pytest

from accounts.models import Block, User
from cards.models import Holding
from core.clock import database_now
from tests.clients import Api, problem
from tests.factories import CardFactory, HoldingFactory, set_price

pytestmark = pytest.mark.django_db

CSV = "Quantity,Name,Set code,Collector number\n{quantity},Lightning Bolt,m10,146\n1,No Such Card,m10,1\n"


@pytest.fixture
def card():
    found = CardFactory(name="Lightning Bolt", search_name="lightning bolt", collector_number="146")
    set_price(found, "foil", "10.00")
    return found


def rows(user):
    found = Holding.objects.of(user).order_by("id")
    return list(found.values_list("finish", "condition", "quantity", "for_trade"))


def test_a_row_is_added_and_shown_with_its_value(alice, card):
    body = {
        "card": card.pk, "finish": "foil", "condition": "LP", "language": "de",
        "note": "from a draft", "quantity": 2, "for_trade": 1,
    }  # fmt: skip
    response = Api(alice).post("/binder/", body)
    shown = response.json()
    assert response.status_code == 201
    assert response["Location"].endswith(f"/api/v1/binder/{shown['id']}/")
    assert shown["card"]["name"] == "Lightning Bolt"
    assert shown["value"] == {
        "amount": "8.50",
        "price": "10.00",
        "source": "csv",
        "as_of": database_now().date().isoformat(),
        "label": "estimate, English price",
    }
    said = {name: shown[name] for name in body if name != "card"}
    assert said == {name: value for name, value in body.items() if name != "card"}
    assert (shown["free"], shown["reserved"], shown["variant"]) == (1, 0, "none")
    assert Api(alice).get(f"/binder/{shown['id']}/").json() == shown


def test_the_same_again_joins_the_row(alice, card):
    api = Api(alice)
    first = api.post("/binder/", {"scryfall_id": str(card.scryfall_id)}).json()
    again = api.post("/binder/", {"card": card.pk, "quantity": 3}).json()
    assert (again["id"], again["quantity"], again["value"]) == (first["id"], 4, None)


def test_a_key_adds_once(alice, card):
    api = Api(alice)
    first = api.post("/binder/", {"card": card.pk}, key="once")
    again = api.post("/binder/", {"card": card.pk}, key="once")
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert rows(alice) == [("nonfoil", "NM", 1, 0)]
    assert api.post("/binder/", {"card": card.pk, "quantity": 2}, key="once").status_code == 422


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"quantity": 0}, ("/quantity", "min_value")),
        ({"quantity": 1.5}, ("/quantity", "invalid")),
        ({"quantity": "1"}, ("/quantity", "invalid")),
        ({"quantity": True}, ("/quantity", "invalid")),
        ({"quantity": 2**63}, ("/quantity", "max_value")),
        ({"for_trade": 2}, ("/for_trade", "out_of_range")),
        ({"finish": "etched"}, ("/finish", "no_such_finish")),
        ({"condition": "nm"}, ("/condition", "invalid_choice")),
        ({"language": None}, ("/language", "null")),
        ({"note": "x" * 201}, ("/note", "max_length")),
        ({"reserved": 1}, ("/reserved", "unknown_key")),
        ({"card": 2**70}, ("/card", "does_not_exist")),
        ({"card": -1}, ("/card", "min_value")),
        ({"card": None}, ("/card", "null")),
        ({"scryfall_id": "00000000-0000-0000-0000-000000000000"}, ("/card", "one_of_two")),
    ],
)
def test_bad_rows(alice, card, body, fault):
    assert problem(Api(alice).post("/binder/", {"card": card.pk, **body})) == (400, "invalid", [fault])
    assert rows(alice) == []


def test_a_row_is_changed_and_taken_out(alice, bolt):
    api, path = Api(alice), f"/binder/{bolt.pk}/"
    assert api.patch(path, {"quantity": 9, "for_trade": 2}).json()["quantity"] == 9
    assert problem(api.patch(path, {"quantity": 1})) == (400, "invalid", [("/for_trade", "out_of_range")])
    assert api.patch(path, {"condition": "LP"}).json()["condition"] == "LP"
    assert rows(alice) == [("nonfoil", "LP", 9, 2)]
    assert api.delete(path).status_code == 204
    assert problem(api.delete(path))[0] == problem(api.get(path))[0] == 404
    assert rows(alice) == []


def test_promised_copies_cannot_be_taken_out(alice, bolt):
    Holding.objects.filter(pk=bolt.pk).update(reserved=1)
    refused = (409, "copies_reserved", [("/for_trade", "copies_reserved")])
    assert problem(Api(alice).delete(f"/binder/{bolt.pk}/")) == refused
    assert problem(Api(alice).patch(f"/binder/{bolt.pk}/", {"finish": "foil"})) == refused


def test_only_the_owner_has_a_row(alice, charlie, bolt):
    assert Api(alice).get(f"/binder/{bolt.pk}/").status_code == 200
    for call in ("get", "delete"):
        assert problem(getattr(Api(charlie), call)(f"/binder/{bolt.pk}/"))[:2] == (404, "not_found")
    assert problem(Api(charlie).patch(f"/binder/{bolt.pk}/", {"quantity": 1}))[:2] == (404, "not_found")
    assert Api(charlie).get("/binder/").json()["results"] == []
    assert rows(alice) == [("nonfoil", "NM", 4, 4)]


def test_scopes(alice, bolt):
    reader = Api(alice, ["read"])
    assert reader.get("/binder/").status_code == 200
    assert problem(reader.post("/binder/", {"card": bolt.card_id}))[:2] == (403, "insufficient_scope")
    assert problem(reader.delete(f"/binder/{bolt.pk}/"))[:2] == (403, "insufficient_scope")
    assert problem(Api().get("/binder/"))[0] == 401
    assert problem(Api(alice, ["binder"]).get("/binder/"))[:2] == (403, "insufficient_scope")


def test_the_list_is_filtered_and_ordered(alice, card):
    cheap = HoldingFactory(owner=alice, card__name="Abrade", price="1.00", quantity=1)
    dear = HoldingFactory(owner=alice, card=card, finish="foil", condition="DMG", language="ja", for_trade=0)
    api = Api(alice)

    def ids(query: str = "") -> list[int]:
        return [row["id"] for row in api.get(f"/binder/{query}").json()["results"]]

    assert ids() == ids("?ordering=newest") == [dear.pk, cheap.pk]
    assert ids("?ordering=name") == [cheap.pk, dear.pk]
    assert ids("?ordering=value") == [dear.pk, cheap.pk]
    assert (
        ids("?q=bolt") == ids("?condition=HP,DMG") == ids("?language=ja") == ids("?finish=foil") == [dear.pk]
    )
    assert ids("?free=true") == [cheap.pk]
    assert ids("?q=bolt&free=true") == ids("?set=zzz") == []
    assert problem(api.get("/binder/?condition=BAD"))[:2] == (400, "invalid")
    assert problem(api.get("/binder/?ordering=shoe-size"))[:2] == (400, "invalid")


def test_the_list_costs_the_same_for_more_rows(alice, bolt, django_assert_num_queries):
    api = Api(alice)
    api.get("/binder/")
    with django_assert_num_queries(2):  # the token with its user, the rows
        assert len(api.get("/binder/").json()["results"]) == 1
    for _ in range(2):
        HoldingFactory(owner=alice, price="1.00")
    with django_assert_num_queries(2):
        assert len(api.get("/binder/").json()["results"]) == 3


# --- bulk -----------------------------------------------------------------------------------
def test_bulk(alice, card):
    other = CardFactory()
    lots = [{"scryfall_id": str(card.scryfall_id)}, {"card": other.pk}, {"card": card.pk, "quantity": 2}]
    response = Api(alice).post("/binder/bulk/", {"rows": lots})
    answer = response.json()
    assert (response.status_code, answer["created"], answer["updated"]) == (201, 2, 0)
    assert answer["holdings"][0] == answer["holdings"][2]
    assert rows(alice) == [("nonfoil", "NM", 3, 0), ("nonfoil", "NM", 1, 0)]


def test_bulk_names_all_bad_rows_and_writes_none(alice, card):
    good, bad = {"card": card.pk}, {"card": card.pk, "for_trade": 5}
    api = Api(alice)
    unknown = {"scryfall_id": "00000000-0000-0000-0000-000000000000"}
    assert problem(api.post("/binder/bulk/", {"rows": [good, bad, unknown]})) == (
        400,
        "invalid",
        [("/rows/1/for_trade", "out_of_range"), ("/rows/2/card", "does_not_exist")],
    )
    assert problem(api.post("/binder/bulk/", {"rows": [good, {"card": "x"}]})) == (
        400,
        "invalid",
        [("/rows/1/card", "invalid")],
    )
    assert problem(api.post("/binder/bulk/", {"rows": []}))[0] == 400
    assert problem(api.post("/binder/bulk/", {"rows": [good] * 501}))[:2] == (413, "too_many_rows")
    assert rows(alice) == []


# --- import ---------------------------------------------------------------------------------
def send(user: User, query: str, text: str, kind: str = "text/csv"):
    api = Api(user)
    return api.generic("POST", f"/api/v1/binder/import/{query}", text.encode(), kind)


def test_import_is_rehearsed_then_done(alice, card):
    rehearsal = send(alice, "?dry_run=1&for_trade=all", CSV.format(quantity=4)).json()
    assert rows(alice) == []
    done = send(alice, "?for_trade=all", CSV.format(quantity=4)).json()
    assert done == rehearsal
    assert (done["rows"], done["created"], done["updated"]) == (2, 1, 0)
    assert [error["line"] for error in done["errors"]] == [3]
    assert rows(alice) == [("nonfoil", "NM", 4, 4)]
    replaced = send(alice, "?mode=replace&for_trade=none", "2 Lightning Bolt (M10) 146", "text/plain").json()
    assert (replaced["created"], replaced["updated"]) == (0, 1)
    assert rows(alice) == [("nonfoil", "NM", 2, 0)]


def test_bad_imports(alice, card):
    assert problem(send(alice, "?mode=burn", "x"))[:2] == (400, "invalid")
    assert problem(send(alice, "?dry_run=perhaps", "x"))[:2] == (400, "invalid")
    assert problem(send(alice, "", ""))[0] == 400
    assert problem(send(alice, "", '{"json": 1}', "application/json"))[0] == 415
    assert problem(send(alice, "", "x" * (8 * 1024 * 1024 + 1)))[0] == 413
    reader = Api(alice, ["read"]).generic("POST", "/api/v1/binder/import/", b"1 Lightning Bolt", "text/plain")
    assert problem(reader)[:2] == (403, "insufficient_scope")
    assert rows(alice) == []


# --- others ---------------------------------------------------------------------------------
def test_others_see_what_is_for_trade(alice, bob, bolt):
    HoldingFactory(owner=alice, for_trade=0)
    Holding.objects.filter(pk=bolt.pk).update(quantity=9, reserved=1)
    (shown,) = Api(bob).get("/users/Alice/binder/").json()["results"]
    assert (shown["id"], shown["for_trade"], shown["free"], shown["value"]["amount"]) == (
        bolt.pk,
        4,
        3,
        "2.50",
    )
    assert {"quantity", "reserved", "created_at"}.isdisjoint(shown)


@pytest.mark.parametrize("list_name", ["binder", "wants"])
def test_hidden_people_are_unknown(alice, charlie, bolt, list_name):
    api, path = Api(charlie), f"/users/alice/{list_name}/"
    unknown = problem(api.get(f"/users/nobody/{list_name}/"))
    assert api.get(path).status_code == 200
    Block.objects.create(blocker=alice, blocked=charlie)
    assert problem(api.get(path)) == unknown
    Block.objects.all().delete()
    User.objects.filter(pk=alice.pk).update(banned_at=database_now())
    assert problem(api.get(path)) == unknown == (404, "not_found", [])
