"""What only a browser can tell: quantities in place, search as you type, and the accessibility checker."""

import pytest
from playwright.sync_api import expect

from cards.models import Holding
from tests.browser import check_access, in_every_look
from tests.browser import chromium as chromium
from tests.browser import open_page as open_page
from tests.factories import CardFactory, HoldingFactory, UserFactory, WantFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# The rest of the matrix belongs to the full profile.
PAGES = (
    "/binder/", "/binder/?q=nothing", "/binder/add/?q=bolt", "/binder/import/", "/wants/",
    "/cards/?q=bolt", "/cards/", "/matches/", "/matches/?direction=have", "/traders/",
    "/u/bob/binder/", "/u/bob/wants/",
)  # fmt: skip
QUICK = {("/binder/", 360, "dark"), ("/matches/", 1280, "light")}


@pytest.fixture
def market(alice, bob, bolt, mox):
    """Alice and bob match; bob's foil is wanted, alice's binder has a promised and an unpriced row."""
    HoldingFactory(owner=alice, card__name="Unpriced Thing", condition="LP", language="ja", note="a note")
    Holding.objects.filter(pk=bolt.pk).update(reserved=1)
    WantFactory(owner=alice, card=mox.card, max_price="30.00", least_condition="LP")
    WantFactory(owner=bob, card=None, oracle_id=bolt.card.oracle_id, quantity=3)
    UserFactory(username="dora", trust_tier="gold", country="DE")
    return bolt


def test_quantities_are_saved_in_place_and_the_focus_stays(open_page, alice, market):
    page = open_page(alice, "/binder/", width=360)
    page.locator(f"#own-{market.pk}").fill("7")
    page.keyboard.press("Tab")
    page.get_by_text("Saved.").wait_for()
    expect(page.locator(f"#trade-{market.pk}")).to_be_focused()
    expect(page.locator("#binder-figures dd").first).to_have_text("11")
    page.locator(f"#trade-{market.pk}").fill("0")
    page.keyboard.press("Tab")
    page.get_by_text("1 copy is promised").wait_for()
    assert Holding.objects.get(pk=market.pk).quantity == 7
    assert Holding.objects.get(pk=market.pk).for_trade == 4


def test_without_scripts_the_same_form_posts(open_page, alice, market):
    page = open_page(alice, "/binder/?q=bolt", scripts=False)
    page.locator(f"#own-{market.pk}").fill("5")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/binder/?q=bolt#row-{market.pk}")
    assert Holding.objects.get(pk=market.pk).quantity == 5


def test_search_answers_while_typing(open_page, alice, market):
    page = open_page(alice, "/cards/")
    page.keyboard.type("ligtn")
    page.get_by_role("link", name="Lightning Bolt").wait_for()
    page.wait_for_url("**/cards/?q=ligtn")
    page.get_by_role("link", name="Lightning Bolt").click()
    page.get_by_role("heading", name="Who wants it").wait_for()
    page.go_back()
    page.get_by_role("link", name="Lightning Bolt").wait_for()


def test_an_import_is_looked_at_and_confirmed(open_page, alice):
    CardFactory(name="Sol Ring", search_name="sol ring")
    page = open_page(alice, "/binder/import/", width=360)
    page.get_by_label("Paste a list").fill("3 Sol Ring\n1 No Such Card")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_text("Line 2").wait_for()
    page.get_by_label("all copies").check()
    page.wait_for_url("**for_trade=all**")
    page.get_by_role("button", name="Import now").click()
    page.wait_for_url("**/binder/")
    assert list(Holding.objects.values_list("quantity", "for_trade")) == [(3, 3)]


@in_every_look("path", PAGES, QUICK)
def test_the_accessibility_checker_finds_nothing(open_page, alice, market, path, width, theme):
    page = open_page(alice, path, width, theme)
    check_access(page, width)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_it_finds_nothing_on_the_pages_of_one_thing(open_page, alice, market, width):
    want = WantFactory(owner=alice)
    for path in (
        f"/binder/{market.pk}/", f"/wants/{want.pk}/", f"/cards/{market.card_id}/",
        f"/binder/add/{market.card_id}/", f"/wants/add/{market.card_id}/",
    ):  # fmt: skip
        page = open_page(alice, path, width)
        check_access(page, width)
