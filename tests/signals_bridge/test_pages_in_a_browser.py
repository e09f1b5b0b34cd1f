"""What only a browser can tell: axe finds nothing, keys alone follow a call, tiles of the builder are marked."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core.clock import clock_moved, database_now
from signals_bridge.models import RecommendationAction
from signals_bridge.services import evaluate_signals, follow_signal
from tests.browser import check_access, in_every_look
from tests.browser import chromium as chromium
from tests.browser import open_page as open_page
from tests.factories import CardFactory, HoldingFactory, UserFactory, set_price
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory
from tests.signals_bridge.states import DAY, daily_prices

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Three decks of last week's top eight play it, and no reprint is announced.\n" * 5
RISING = [f"{2 + n * 0.06 + (n % 5) * 0.11:.2f}" for n in range(50)]


@pytest.fixture
def goldie(db) -> Any:
    return UserFactory(username="goldie", trust_tier="gold")


@pytest.fixture
def addresses(acme, opt, goldie, bob, bolt, mox) -> dict[str, str]:
    """Every kind of page there is for bob (of publishing, for goldie), by name."""
    own = SourceFactory(publisher=PublisherFactory(user=goldie), is_personal=True)
    now = database_now()
    calls = {}
    with clock_moved(-20 * DAY):
        for name, action, card in (("right", "BUY", opt), ("wrong", "SELL", CardFactory(name="Snapcaster Mage")),
                                   ("void", "BUY", CardFactory(name="Ancestral Vision"))):  # fmt: skip
            calls[name] = SignalFactory(
                source=acme, card=card, action=action, price_at_issue="2.75",
                target_price={"BUY": "4.40", "SELL": "2.10"}[action], rationale=LONG,
                valid_until=now - 5 * DAY,
            )  # fmt: skip
            set_price(card, "nonfoil", "2.80")
            follow_signal(signal_id=calls[name].pk, by=bob)
    for name in ("right", "wrong"):
        calls[name].card.prices.all().delete()
        daily_prices(calls[name].card, RISING, last_day_ago=5)
    calls["void"].card.prices.all().delete()
    evaluate_signals()
    set_price(opt, "nonfoil", "4.10")
    calls["over"] = SignalFactory(source=acme, issued_at=now - 9 * DAY, valid_until=now - timedelta(hours=1))
    calls["running"] = SignalFactory(
        source=own, card=opt, rationale=LONG, issued_at=now - 12 * DAY, publisher_owns=4, publisher_offers=2,
        publisher_wants=0, price_at_issue="4.02", target_price="5.50",
    )  # fmt: skip
    calls["followed"] = SignalFactory(source=acme, card=mox.card, action="HOLD")
    SignalFactory(source=own, card=bolt.card, action="SELL", finish="nonfoil")
    follow_signal(signal_id=calls["followed"].pk, by=bob)
    return {
        **{name: call.get_absolute_url() for name, call in calls.items()},
        "list": "/signals/",
        "nothing fits": "/signals/?action=SELL&status=void",
        "of a publisher": "/signals/?source=acme",
        "publishers": "/signals/publishers/",
        "own": "/me/signals/",
        "locked": "/signals/publish/",
        "home": "/home/",
        "card": f"/cards/{opt.pk}/",
        "builder": "/trades/new/?with=alice",
        "front": "/",
        "choose": "/signals/publish/?q=opt",
        "publish": f"/signals/publish/?card={opt.pk}",
        "refused": f"/signals/publish/?card={opt.pk}",
    }


OF_GOLDIE = ("choose", "publish", "refused")
PAGES = (
    "right", "wrong", "void", "over", "running", "followed", "list", "nothing fits", "of a publisher", "publishers",
    "own", "locked", "home", "card", "builder", "front", *OF_GOLDIE,
)  # fmt: skip
QUICK = {("right", 360, "light"), ("list", 360, "dark"), ("own", 1280, "dark"), ("refused", 1280, "light")}


@in_every_look("name", PAGES, QUICK)
def test_axe_finds_nothing(open_page, addresses, bob, goldie, name, width, theme):
    page = open_page(goldie if name in OF_GOLDIE else bob, addresses[name], width, theme)
    page.wait_for_load_state("networkidle")  # the parts that a page pulls belong to it
    for details in page.locator("main details.more").all():
        details.evaluate("node => node.open = true")
    if name == "refused":
        page.evaluate("document.querySelector('main form').noValidate = true")
        page.get_by_role("button", name="Publish").click()
        page.wait_for_selector(".error-summary")
    check_access(page, width)


def test_keys_alone_follow_a_call_and_take_it_back(open_page, signal, bob):
    page = open_page(bob, "/signals/", 360)
    row = page.locator("a.call-row")
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/signals/{signal.pk}/")
    page.locator("#follow button").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Unfollow").wait_for()
    assert RecommendationAction.objects.get().user == bob
    page.get_by_role("button", name="Unfollow").press("Enter")
    page.get_by_role("button", name="Follow", exact=True).wait_for()
    assert RecommendationAction.objects.count() == 0


def test_a_filter_needs_no_button(open_page, acme, opt, bob):
    for action in ("BUY", "SELL"):
        SignalFactory(source=acme, card=opt, action=action)
    page = open_page(bob, "/signals/")
    page.locator("select[name=action]").select_option("SELL")
    page.wait_for_url("**/signals/?*action=SELL*")
    expect(page.locator("a.call-row")).to_have_count(1)


def test_without_scripts_a_filter_has_one(open_page, acme, opt, bob):
    for action in ("BUY", "SELL"):
        SignalFactory(source=acme, card=opt, action=action)
    page = open_page(bob, "/signals/", scripts=False)
    page.locator("select[name=action]").select_option("SELL")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("a.call-row")).to_have_count(1)


def test_a_tile_stays_marked_while_its_card_goes_on_the_table(open_page, acme, alice, bolt, mox):
    """The mark comes after the page, and outlives the tile that a tap swaps."""
    SignalFactory(source=acme, card=mox.card)
    other = HoldingFactory(owner=mox.owner)
    page = open_page(alice, "/trades/new/?with=bob")
    mark = page.locator(f"#signal-of-{mox.pk}")
    mark.get_by_text("BUY").wait_for()
    page.locator(f"#add-{mox.pk}").click()
    page.locator("#table").get_by_text("Mox Opal").first.wait_for()
    page.wait_for_load_state("networkidle")
    expect(mark.get_by_text("BUY")).to_be_visible()
    expect(page.locator(f"#signal-of-{other.pk}")).to_be_hidden()
    expect(page.get_by_role("link", name="Open signals on these cards")).to_have_count(0)


def test_without_scripts_the_builder_has_a_link(open_page, acme, alice, mox):
    signal = SignalFactory(source=acme, card=mox.card)
    SignalFactory(source=acme)
    page = open_page(alice, "/trades/new/?with=bob", scripts=False)
    page.get_by_role("link", name="Open signals on these cards").click()
    rows = page.locator("a.call-row")
    expect(rows).to_have_count(1)
    expect(rows).to_have_attribute("href", signal.get_absolute_url())


@pytest.mark.parametrize(
    ("path", "link"), [("/", "Calls on cards"), ("/cards/{card}/", "Calls on this card")]
)
def test_without_scripts_pages_lead_to_the_list(open_page, alice, signal, path, link):
    page = open_page(alice, path.format(card=signal.card_id), scripts=False)
    page.get_by_role("link", name=link).click()
    expect(page.locator("a.call-row")).to_have_count(1)


def test_with_scripts_pages_bring_them_along(open_page, alice, signal):
    for path in ("/", f"/cards/{signal.card_id}/"):
        page = open_page(alice, path)
        page.locator("a.call-row").wait_for()
