"""What only a browser can tell: keys alone make a trade, quick taps all count, axe finds nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser import check_access, in_every_look
from tests.browser import chromium as chromium
from tests.browser import open_page as open_page
from tests.factories import HoldingFactory
from trades.models import Status, TradeProposal
from trades.services import accept_proposal, create_proposal, open_dispute
from trades.terms import Line, Terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def tab_to(page, selector, most=120):
    """Press Tab until the focus is on `selector`, as somebody without a mouse has to."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached in {most} steps")


def press_and_wait(page, key, path):
    page.keyboard.press(key)
    page.wait_for_url(path)


def test_keys_alone_propose_counter_and_accept(open_page, alice, bob, bolt, mox):
    page = open_page(alice, "/trades/new/?with=bob")
    tab_to(page, f"#add-{bolt.pk}")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#quantity-{bolt.pk}")
    expect(page.locator(f"#add-{bolt.pk}")).to_be_focused()
    tab_to(page, f"#add-{mox.pk}")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#quantity-{mox.pk}")
    tab_to(page, "button[name=send]")
    press_and_wait(page, "Enter", "**/trades/*/")
    offer = TradeProposal.objects.get()

    page = open_page(bob, f"/trades/{offer.pk}/")
    tab_to(page, "a[href$='/counter/']")
    press_and_wait(page, "Enter", "**/counter/")
    tab_to(page, f"#table button[name=more][value='{bolt.pk}']")
    page.keyboard.press("Enter")
    expect(page.locator(f"#quantity-{bolt.pk}")).to_have_value("2")
    tab_to(page, "button[name=send]")
    press_and_wait(page, "Enter", lambda url: url.endswith(f"/trades/{offer.pk + 1}/"))

    page = open_page(alice, f"/trades/{offer.pk + 1}/")
    tab_to(page, "form[action$='/accept/'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The cards are reserved")
    assert TradeProposal.objects.get(pk=offer.pk + 1).status == Status.ACCEPTED


def test_keys_alone_decline_in_a_dialog(open_page, bob, offer):
    page = open_page(bob, f"/trades/{offer.pk}/", width=360)
    tab_to(page, "a[href='#decline']")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog#decline[open]")
    tab_to(page, "#decline-reason")
    page.keyboard.type("Too few")
    tab_to(page, "dialog button.danger")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Declined.")
    assert TradeProposal.objects.get(pk=offer.pk).decline_reason == "Too few"


def test_quick_taps_all_count_and_the_page_stays(open_page, alice, bob):
    rows = [HoldingFactory(owner=alice, card__name=f"Card {n}", price="1.00") for n in range(4)]
    page = open_page(alice, "/trades/new/?with=bob", width=360)
    loaded = page.evaluate("performance.timeOrigin")
    for row in rows:
        page.locator(f"#add-{row.pk}").click(no_wait_after=True)
    for row in rows:
        page.wait_for_selector(f"#quantity-{row.pk}")
    expect(page.locator("#builder-bar .give .money")).to_have_text("$4.00")
    assert page.evaluate("performance.timeOrigin") == loaded


def test_one_binder_at_a_time_on_a_phone(open_page, alice, bob, bolt, mox):
    page = open_page(alice, "/trades/new/?with=bob", width=360)
    assert (page.locator("#pane-mine").is_visible(), page.locator("#pane-theirs").is_visible()) == (
        True,
        False,
    )
    page.locator("label[for=side-theirs]").click()
    assert (page.locator("#pane-mine").is_visible(), page.locator("#pane-theirs").is_visible()) == (
        False,
        True,
    )


def test_the_next_step_is_in_reach_on_a_phone(open_page, bob, offer):
    page = open_page(bob, f"/trades/{offer.pk}/", width=360)
    box = page.locator("#next-step").bounding_box()
    assert box["y"] + box["height"] <= 800


PAGES = ("home", "list", "open", "counter", "accepted", "dispute", "draft", "new", "conflict", "notices")
QUICK = {
    ("open", 360, "light"),
    ("counter", 360, "dark"),
    ("home", 1280, "light"),
    ("conflict", 1280, "dark"),
}


@pytest.fixture
def addresses(alice, bob, charlie, offer, draft, bolt, mox):
    """Every kind of page there is for bob, by name."""
    accepted = create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),)))
    accept_proposal(proposal_id=accepted.pk, by=bob)
    disputed = create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),)))
    accept_proposal(proposal_id=disputed.pk, by=bob)
    open_dispute(proposal_id=disputed.pk, by=alice, reason="other", text="Hm")
    kept = create_proposal(by=bob, recipient="alice", terms=Terms(offers=(Line(mox.pk),)), draft=True)
    return {
        "home": "/home/",
        "list": "/trades/",
        "open": f"/trades/{offer.pk}/",
        "counter": f"/trades/{offer.pk}/counter/",
        "accepted": f"/trades/{accepted.pk}/",
        "dispute": f"/trades/{disputed.pk}/dispute/",
        "draft": f"/trades/{kept.pk}/edit/",
        "new": "/trades/new/",
        "notices": "/notifications/",
    }


@in_every_look("name", PAGES, QUICK)
def test_axe_finds_nothing(open_page, addresses, bob, alice, bolt, name, width, theme):
    if name == "conflict":
        page = open_page(bob, addresses["open"], width, theme)
        other = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 2),)))
        accept_proposal(proposal_id=other.pk, by=other.recipient)
        page.locator("form[action$='/accept/'] button").click()
        page.wait_for_selector("text=Counter without them")
    else:
        page = open_page(bob, addresses[name], width, theme)
    check_access(page, width)
