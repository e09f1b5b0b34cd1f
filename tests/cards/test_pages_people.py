"""The catalogue, matches and other traders' lists."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Block, User
from cards.models import PriceSnapshot
from core.clock import database_now
from tests.factories import CardFactory, HoldingFactory, UserFactory, WantFactory, set_price

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


# --- the catalogue --------------------------------------------------------------------------
def test_cards_are_found_by_anybody(bolt):
    page = text(Client().get("/cards/?q=ligtning"))
    assert f'href="/cards/{bolt.card_id}/"' in page
    assert "$2.50" in page
    part = text(Client().get("/cards/?q=bolt", headers=HTMX))
    assert ("Lightning Bolt" in part, "<html" in part) == (True, False)
    assert "No card is called so" in text(Client().get("/cards/?q=zzzzzz"))
    assert "set:2x2" in text(Client().get("/cards/"))
    assert Client().get("/cards/?q=bolt&page=x").status_code == 200


def test_long_lists_go_on(db):
    for number in range(26):
        CardFactory(name=f"Bolt {number}", search_name=f"bolt {number}")
    first = text(Client().get("/cards/?q=bolt"))
    second = text(Client().get("/cards/?q=bolt&page=2"))
    assert "?q=bolt&amp;page=2" in first
    assert ("?q=bolt&amp;page=1" in second, second.count('class="tile"')) == (True, 2)


def test_the_catalogue_costs_the_same_for_more_rows(bolt, django_assert_num_queries):
    with django_assert_num_queries(2):  # the words, the prices
        text(Client().get("/cards/?q=bolt"))
    for number in range(2):
        CardFactory(name=f"Bolt {number}", search_name=f"bolt {number}")
    with django_assert_num_queries(2):
        assert text(Client().get("/cards/?q=bolt")).count('class="tile"') == 3


def test_a_card_tells_who_has_and_who_wants_it(alice, bob_page, bolt, charlie):
    WantFactory(owner=charlie, card=None, oracle_id=bolt.card.oracle_id)
    other = CardFactory(name="Lightning Bolt", oracle_id=bolt.card.oracle_id, set_code="2x2")
    page = text(bob_page.get(f"/cards/{bolt.card_id}/"))
    assert 'href="/u/alice/binder/?q=lightning%20bolt"' in page
    assert 'href="/u/charlie/wants/"' in page
    assert f'href="/cards/{other.pk}/"' in page
    assert "/binder/add/" in page
    assert "/binder/add/" not in text(Client().get(f"/cards/{bolt.card_id}/"))
    assert Client().get("/cards/999999999/").status_code == 404


def test_a_card_hides_who_is_hidden(alice, bob, bob_page, bolt):
    assert "/u/alice/" in text(bob_page.get(f"/cards/{bolt.card_id}/"))
    Block.objects.create(blocker=alice, blocked=bob)
    assert "/u/alice/" not in text(bob_page.get(f"/cards/{bolt.card_id}/"))


def test_a_card_tells_what_is_mine(alice_page, alice, bolt):
    WantFactory(owner=alice, card=bolt.card, quantity=7)
    page = text(alice_page.get(f"/cards/{bolt.card_id}/"))
    assert "4 in your binder" in page
    assert "7 on your want list" in page


def test_a_cards_prices_are_drawn_with_their_table(bolt):
    day = database_now().date() - timedelta(days=10)
    PriceSnapshot.objects.create(card=bolt.card, finish="nonfoil", source="csv", day=day, price="1.25")
    set_price(bolt.card, "foil", "9.00")
    page = text(Client().get(f"/cards/{bolt.card_id}/"))
    assert '<path class="curve"' in page
    assert "$1.25" in page
    assert "Price, foil" in text(Client().get(f"/cards/{bolt.card_id}/?finish=foil"))
    assert "Price, nonfoil" in text(Client().get(f"/cards/{bolt.card_id}/?finish=shiny"))


def test_a_card_costs_the_same_for_more_people(bolt, django_assert_num_queries):
    path = f"/cards/{bolt.card_id}/"
    WantFactory(card=bolt.card)
    with django_assert_num_queries(9):
        text(Client().get(path))
    for _ in range(2):
        HoldingFactory(card=bolt.card)
        WantFactory(card=bolt.card)
    with django_assert_num_queries(9):
        assert text(Client().get(path)).count('class="row"') == 6


# --- matches --------------------------------------------------------------------------------
def test_matches_give_reasons_and_a_way_to_propose(alice, bob, alice_page, bolt, mox):
    WantFactory(owner=alice, card=mox.card)
    WantFactory(owner=bob, card=bolt.card, quantity=4)
    page = text(alice_page.get("/matches/"))
    for words in ("Has 1 copy you want, $20.00", "Mox Opal", 'href="/trades/new/?with=bob', "of 100"):
        assert words in page
    assert "Mox Opal" not in text(alice_page.get("/matches/?direction=want"))
    assert "Mox Opal" in text(alice_page.get("/matches/?direction=nonsense"))


def test_no_matches_say_which_list_is_short(alice, alice_page):
    assert "Your want list is empty" in text(alice_page.get("/matches/"))
    WantFactory(owner=alice)
    assert "Nothing of yours is for trade" in text(alice_page.get("/matches/"))
    HoldingFactory(owner=alice)
    assert "No match yet" in text(alice_page.get("/matches/"))


# --- people ---------------------------------------------------------------------------------
def test_the_directory_shows_the_trusted_first(alice_page, bob, bolt):
    UserFactory(username="dora", trust_tier="gold", country="DE")
    page = text(alice_page.get("/traders/"))
    assert (
        page.index("Trusted traders")
        < page.index("/u/dora/")
        < page.index("Everybody")
        < page.index("/u/bob/")
    )
    assert "/u/alice/" not in page.partition("<main")[2]


def test_the_directory_is_filtered(alice_page, bob):
    UserFactory(username="dora", trust_tier="gold", country="DE")

    def shown(query: str) -> tuple[bool, bool]:
        page = text(alice_page.get(f"/traders/?{query}"))
        return "/u/bob/" in page, "/u/dora/" in page

    assert shown("order=name") == shown("order=seen") == shown("tier=nonsense") == (True, True)
    assert shown("q=DOR") == shown("country=DE") == shown("tier=silver") == (False, True)
    assert shown("q=nobody") == (False, False)
    assert "Nobody fits" in text(alice_page.get("/traders/?q=nobody"))


def test_the_directory_hides_who_is_hidden(alice, bob, bob_page, charlie):
    assert "/u/alice/" in text(bob_page.get("/traders/"))
    Block.objects.create(blocker=alice, blocked=bob)
    User.objects.filter(pk=charlie.pk).update(banned_at=database_now())
    page = text(bob_page.get("/traders/"))
    assert ("/u/alice/" in page, "/u/charlie/" in page) == (False, False)


def test_the_directory_costs_the_same_for_more_people(alice_page, bob, django_assert_num_queries):
    alice_page.get("/traders/")
    with django_assert_num_queries(7):  # session, user, two badges; the trusted, everybody, the day
        text(alice_page.get("/traders/"))
    UserFactory()
    UserFactory(trust_tier="gold")
    with django_assert_num_queries(7):
        text(alice_page.get("/traders/"))


def test_a_binder_shows_what_is_for_trade(alice, bob, bob_page, bolt):
    kept = HoldingFactory(owner=alice, card__name="Black Lotus", for_trade=0)
    WantFactory(owner=bob, card=bolt.card)
    page = text(bob_page.get("/u/alice/binder/"))
    assert ("Lightning Bolt" in page, kept.card.name in page) == (True, False)
    assert "you want this" in page
    assert 'href="/trades/new/?with=alice"' in page
    assert "Nothing fits" in text(bob_page.get("/u/alice/binder/?q=zzz"))
    assert "Propose" not in text(Client().get("/u/alice/binder/"))
    assert "Nothing is for trade" in text(bob_page.get("/u/bob/binder/"))


def test_a_want_list_marks_what_the_reader_has(alice, bob, bob_page, mox):
    WantFactory(owner=alice, card=None, oracle_id=mox.card.oracle_id, quantity=2)
    page = text(bob_page.get("/u/ALICE/wants/"))
    assert "2 × Mox Opal" in page
    assert "you have it" in page
    assert "you have it" not in text(Client().get("/u/alice/wants/"))


@pytest.mark.parametrize("list_name", ["binder", "wants"])
def test_lists_of_hidden_people_are_unknown(alice, charlie, charlie_page, bolt, list_name):
    path = f"/u/alice/{list_name}/"
    assert charlie_page.get(path).status_code == 200
    Block.objects.create(blocker=alice, blocked=charlie)
    assert (
        charlie_page.get(path).status_code == charlie_page.get(f"/u/nobody/{list_name}/").status_code == 404
    )
    assert Client().get(path).status_code == 200
    User.objects.filter(pk=alice.pk).update(banned_at=database_now())
    assert Client().get(path).status_code == 404
