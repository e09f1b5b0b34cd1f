"""Pages of one's own lists, as a browser without a script uses them."""

import pytest
from django.test import Client

from cards.models import Holding, Want
from tests.factories import CardFactory, HoldingFactory, WantFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def rows(user):
    found = Holding.objects.of(user).order_by("id")
    return list(found.values_list("quantity", "for_trade", "condition"))


@pytest.mark.parametrize(
    "path", ["/binder/", "/wants/", "/binder/add/", "/binder/import/", "/wants/import/", "/matches/"]
)
def test_own_pages_are_for_members(path, alice_page):
    assert Client().get(path).headers["Location"] == f"/accounts/login/?next={path}"
    assert alice_page.get(path).status_code == 200


def test_an_empty_binder_says_what_to_do(alice_page):
    page = alice_page.get("/binder/").content.decode()
    assert "Your binder is empty" in page
    assert 'href="/binder/import/"' in page


def test_the_binder_tells_what_is_owned_and_promised(alice, alice_page, bolt):
    Holding.objects.filter(pk=bolt.pk).update(reserved=1)
    page = alice_page.get("/binder/").content.decode()
    for words in ("Lightning Bolt", "1 promised", "$2.50", "$10.00", "estimate"):
        assert words in page


def test_the_binder_costs_the_same_for_more_rows(alice, alice_page, bolt, django_assert_num_queries):
    alice_page.get("/binder/")
    with django_assert_num_queries(7):  # session, user, two badges; rows, sums, value
        alice_page.get("/binder/")
    for _ in range(2):
        HoldingFactory(owner=alice, price="1.00")
    with django_assert_num_queries(7):
        page = alice_page.get("/binder/").content.decode()
    assert page.count('class="card-row"') == 3


def test_the_binder_is_filtered(alice, alice_page, bolt):
    HoldingFactory(owner=alice, card__name="Abrade", for_trade=0)

    def shown(query: str) -> tuple[bool, bool]:
        page = alice_page.get(f"/binder/?{query}").content.decode()
        return "Lightning Bolt" in page, "Abrade" in page

    assert shown("") == shown("order=name") == shown("order=nonsense&show=nonsense") == (True, True)
    assert shown("q=bolt") == shown("show=for_trade") == (True, False)
    assert shown("show=kept") == (False, True)
    assert shown("show=reserved") == shown("q=nothing") == (False, False)
    assert alice_page.get("/binder/?page=stolen").status_code == 404


def test_quantities_are_set_in_place(alice, alice_page, bolt):
    url = f"/binder/{bolt.pk}/quantities/"
    saved = alice_page.post(url, {"quantity": 6, "for_trade": 2, "next": "/binder/?q=bolt"})
    assert (saved.status_code, saved.headers["Location"]) == (303, f"/binder/?q=bolt#row-{bolt.pk}")
    assert rows(alice) == [(6, 2, "NM")]
    refused = alice_page.post(url, {"quantity": 1, "for_trade": 2}, follow=True)
    assert "Between 0 and the quantity, 1." in refused.content.decode()
    elsewhere = alice_page.post(url, {"quantity": 6, "for_trade": 2, "next": "https://evil.example/"})
    assert elsewhere.headers["Location"] == f"/binder/#row-{bolt.pk}"
    assert rows(alice) == [(6, 2, "NM")]


def test_htmx_gets_only_the_row(alice, alice_page, bolt):
    url = f"/binder/{bolt.pk}/quantities/"
    saved = alice_page.post(url, {"quantity": 5, "for_trade": 5}, headers=HTMX)
    part = saved.content.decode()
    assert (saved.status_code, "<html" in part, 'hx-swap-oob="true"' in part) == (200, False, True)
    assert '"toast"' in saved.headers["HX-Trigger"]
    refused = alice_page.post(url, {"quantity": 0, "for_trade": 5}, headers=HTMX)
    assert (refused.status_code, "field-error" in refused.content.decode()) == (422, True)
    assert rows(alice) == [(5, 5, "NM")]


def test_a_row_is_edited_and_taken_out(alice, alice_page, bolt):
    url = f"/binder/{bolt.pk}/"
    form = {
        "quantity": 4, "for_trade": 4, "finish": "foil", "condition": "LP",
        "language": "de", "variant": "signed", "note": "by the artist",
    }  # fmt: skip
    assert alice_page.get(url).status_code == 200
    assert alice_page.post(url, {**form, "finish": "etched"}).status_code == 422
    assert alice_page.post(url, form).status_code == 303
    assert rows(alice) == [(4, 4, "LP")]
    assert alice_page.post(f"{url}remove/").status_code == 303
    assert (rows(alice), alice_page.get(url).status_code) == ([], 404)


def test_a_promised_row_stays(alice, alice_page, bolt):
    Holding.objects.filter(pk=bolt.pk).update(reserved=1)
    assert "Promised in a trade" in alice_page.get(f"/binder/{bolt.pk}/").content.decode()
    refused = alice_page.post(f"/binder/{bolt.pk}/remove/")
    assert (refused.status_code, rows(alice)) == (409, [(4, 4, "NM")])


def test_nobody_else_reaches_a_row(charlie_page, alice_page, alice, bolt):
    want = WantFactory(owner=alice, card=bolt.card)
    own = [f"/binder/{bolt.pk}/", f"/wants/{want.pk}/"]
    assert [alice_page.get(url).status_code for url in own] == [200, 200]
    assert [charlie_page.get(url).status_code for url in own] == [404, 404]
    posts = [
        f"/binder/{bolt.pk}/quantities/", f"/binder/{bolt.pk}/remove/",
        f"/wants/{want.pk}/quantity/", f"/wants/{want.pk}/remove/",
    ]  # fmt: skip
    answers = [charlie_page.post(url, {"quantity": 1, "for_trade": 1}).status_code for url in posts]
    assert answers == [404] * 4
    assert (rows(alice), Want.objects.count()) == ([(4, 4, "NM")], 1)


def test_a_card_is_searched_then_added(alice, alice_page):
    card = CardFactory(name="Sol Ring", search_name="sol ring", finishes=["foil"])
    found = alice_page.get("/binder/add/?q=sol+rign").content.decode()
    assert f'href="/binder/add/{card.pk}/"' in found
    assert "<html" not in alice_page.get("/binder/add/?q=sol", headers=HTMX).content.decode()
    url = f"/binder/add/{card.pk}/?next=/cards/{card.pk}/"
    page = alice_page.get(url).content.decode()
    assert ('value="foil"' in page, 'value="nonfoil"' in page) == (True, False)
    form = {
        "quantity": 2,
        "for_trade": 1,
        "finish": "foil",
        "condition": "NM",
        "language": "en",
        "variant": "none",
    }
    added = alice_page.post(url, {**form, "next": f"/cards/{card.pk}/"})
    assert (added.status_code, added.headers["Location"]) == (303, f"/cards/{card.pk}/")
    assert alice_page.post(url, {**form, "for_trade": 3}).status_code == 422
    assert rows(alice) == [(2, 1, "NM")]
    assert alice_page.get("/binder/add/999999999/").status_code == 404


def test_export(alice_page, bolt):
    response = alice_page.get("/binder/export.csv")
    lines = response.content.decode().splitlines()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "tradepost-binder-alice.csv" in response.headers["Content-Disposition"]
    assert (len(lines), "Lightning Bolt" in lines[1]) == (2, True)
    assert alice_page.get("/wants/export.csv").content.decode().startswith("Quantity")


# --- wants ----------------------------------------------------------------------------------
def test_wants_are_added_changed_and_removed(alice, alice_page):
    card = CardFactory(name="Sol Ring", search_name="sol ring")
    assert "not looking for anything" in alice_page.get("/wants/").content.decode()
    form = {"quantity": 2, "least_condition": "LP", "finish": "", "language": "", "max_price": "4.50"}
    added = alice_page.post(f"/wants/add/{card.pk}/", {**form, "any_printing": "on"})
    assert (added.status_code, added.headers["Location"]) == (303, "/wants/add/")
    want = Want.objects.get()
    assert (want.oracle_id, want.quantity, str(want.max_price)) == (card.oracle_id, 2, "4.50")

    page = alice_page.get("/wants/?q=ring").content.decode()
    assert "any printing" in page
    assert "LP or better" in page
    assert alice_page.post(f"/wants/{want.pk}/quantity/", {"quantity": 3}).status_code == 303
    assert alice_page.post(f"/wants/{want.pk}/quantity/", {"quantity": 0}, headers=HTMX).status_code == 422
    assert alice_page.post(f"/wants/{want.pk}/", {**form, "max_price": "0"}).status_code == 422
    assert alice_page.post(f"/wants/{want.pk}/", form).status_code == 303
    want.refresh_from_db()
    assert (want.card, want.quantity) == (card, 2)
    assert alice_page.post(f"/wants/{want.pk}/remove/").status_code == 303
    assert not Want.objects.exists()


def test_wants_cost_the_same_for_more_rows(alice, alice_page, django_assert_num_queries):
    WantFactory(owner=alice)
    alice_page.get("/wants/")
    with django_assert_num_queries(5):
        alice_page.get("/wants/")
    WantFactory(owner=alice)
    WantFactory(owner=alice, card=None, oracle_id=CardFactory().oracle_id)
    with django_assert_num_queries(5):
        assert alice_page.get("/wants/").content.decode().count("card-row want-row") == 3


# --- import ---------------------------------------------------------------------------------
def test_an_import_is_previewed_then_confirmed_once(alice, alice_page):
    CardFactory(name="Sol Ring", search_name="sol ring")
    pasted = {"pasted": "3 Sol Ring\n1 No Such Card", "mode": "add", "for_trade": "column"}
    sent = alice_page.post("/binder/import/", pasted)
    check = sent.headers["Location"]
    assert (sent.status_code, check.startswith("/binder/import/check/?token=")) == (303, True)

    preview = alice_page.get(check)
    page = preview.content.decode()
    assert "Sol Ring" in page
    assert "Line 2" in page
    assert "does not say what is for trade" in page
    assert rows(alice) == []

    answers = {"token": preview.context["token"], "mode": "add", "for_trade": "all"}
    assert alice_page.post("/binder/import/confirm/", answers).status_code == 303
    assert rows(alice) == [(3, 3, "NM")]
    again = alice_page.post("/binder/import/confirm/", answers)
    assert (again.status_code, rows(alice)) == (409, [(3, 3, "NM")])


def test_what_cannot_be_imported_is_said_at_once(alice_page):
    nothing = alice_page.post("/binder/import/", {"pasted": " ", "mode": "add", "for_trade": "column"})
    assert (nothing.status_code, "Paste some lines" in nothing.content.decode()) == (422, True)
    bad_mode = alice_page.post("/wants/import/", {"pasted": "1 X", "mode": "burn"})
    assert bad_mode.status_code == 422
    assert alice_page.get("/binder/import/check/?token=made-up").status_code == 409


def test_wants_are_imported(alice, alice_page):
    card = CardFactory(name="Sol Ring", search_name="sol ring")
    sent = alice_page.post("/wants/import/", {"pasted": "2 Sol Ring", "mode": "add"}, follow=True)
    token = sent.context["token"]
    assert alice_page.post("/wants/import/confirm/", {"token": token, "mode": "add"}).status_code == 303
    assert list(Want.objects.values_list("oracle_id", "quantity")) == [(card.oracle_id, 2)]


def test_another_traders_upload_stays_theirs(alice_page, charlie, charlie_page):
    CardFactory(name="Sol Ring", search_name="sol ring")
    sent = alice_page.post("/binder/import/", {"pasted": "2 Sol Ring", "mode": "add", "for_trade": "all"})
    assert alice_page.get(sent.headers["Location"]).status_code == 200
    assert charlie_page.get(sent.headers["Location"]).status_code == 409
    assert rows(charlie) == []
