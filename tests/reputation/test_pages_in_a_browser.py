"""What only a browser can tell: keys alone write a review, home shows what is due, axe finds nothing."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core.clock import database_now
from reputation.models import CompletedTrade, ReputationPoint, TradeReview
from reputation.services import hide_review, recalculate, reply_to_review, submit_review
from tests.browser import check_access, in_every_look
from tests.browser import chromium as chromium
from tests.browser import open_page as open_page
from tests.reputation.conftest import GOOD, POOR, dispute

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = {**GOOD, "packaging_rating": 5, "accuracy_rating": 3, "speed_rating": 2}
LONG = "Sleeved, top-loaded and between two pieces of card; it came on the third day. " * 6


@pytest.fixture
def addresses(swapped, alice, bob, charlie):
    """Every kind of page there is for bob, by name."""
    to_write, sealed, disputed, opened, hidden, over = (swapped() for _ in range(6))
    submit_review(proposal_id=sealed.pk, by=bob, ratings=ALL, comment=LONG)
    dispute(disputed, alice)
    for trade in (opened, hidden):
        submit_review(proposal_id=trade.pk, by=bob, ratings=ALL, comment=LONG)
        about_bob = submit_review(proposal_id=trade.pk, by=alice, ratings=POOR, comment="Late, and bent.")
    reply_to_review(review_id=about_bob.pk, by=bob, text="The post was on strike. " * 8)
    by_bob = TradeReview.objects.get(trade__proposal=hidden, reviewer=bob)
    hide_review(review_id=by_bob.pk, reason="It names a street.")
    CompletedTrade.objects.filter(proposal=over).update(reviews_close_at=database_now())
    for days, score in ((90, 40), (60, 130), (20, 90)):
        day = (database_now() - timedelta(days=days)).date()
        ReputationPoint.objects.create(user=bob, day=day, score=score, tier="bronze")
    recalculate(user_id=bob.pk)
    return {
        **{name: f"/trades/{trade.pk}/review/" for name, trade in (
            ("form", to_write), ("sealed", sealed), ("disputed", disputed), ("open", opened), ("hidden", hidden),
            ("over", over),
        )},
        "home": "/home/",
        "waiting": "/reviews/waiting/",
        "reviews": "/u/bob/reviews/",
        "nobody's reviews": "/u/charlie/reviews/",
        "reputation": "/u/bob/reputation/",
        "newcomer's reputation": "/u/charlie/reputation/",
        "profile": "/u/bob/",
        "trade": f"/trades/{opened.pk}/",
    }  # fmt: skip


PAGES = (
    "form", "sealed", "disputed", "open", "hidden", "over", "refused", "home", "waiting", "reviews",
    "nobody's reviews", "reputation", "newcomer's reputation", "profile", "trade",
)  # fmt: skip
QUICK = {("form", 360, "light"), ("home", 360, "dark"), ("reviews", 1280, "dark"), ("refused", 1280, "light")}


@in_every_look("name", PAGES, QUICK)
def test_axe_finds_nothing(open_page, addresses, bob, name, width, theme):
    page = open_page(bob, addresses["form" if name == "refused" else name], width, theme)
    page.wait_for_load_state("networkidle")  # the parts that a page pulls belong to it
    if name == "refused":
        page.evaluate("document.querySelector('form[action$=\"/review/\"]').noValidate = true")
        page.get_by_role("button", name="Seal my review").click()
        page.wait_for_selector(".error-summary")
    check_access(page, width)


def tab_to(page, selector, most=80):
    """Press Tab until the focus is on `selector`, as somebody without a mouse has to."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached in {most} steps")


def test_keys_alone_find_and_write_a_review(open_page, swapped, alice, bob):
    trade = swapped()
    page = open_page(bob, "/home/")
    page.wait_for_selector("#needs-you #to-review .button")
    assert page.locator("#needs-you").get_by_text("nothing waits for you").is_hidden()
    tab_to(page, "#to-review a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trades/{trade.pk}/review/")
    tab_to(page, "input[name=overall_rating]")
    page.keyboard.press("ArrowDown")  # from five stars to four
    page.keyboard.press("Space")
    tab_to(page, "textarea[name=comment]")
    page.keyboard.type("Well packed.")
    tab_to(page, "form[action$='/review/'] button")
    page.keyboard.press("Enter")
    page.get_by_text("Your review is sealed").first.wait_for()
    review = TradeReview.objects.get(reviewer=bob)
    assert (review.overall_rating, review.comment) == (4, "Well packed.")
    page.goto("/home/")
    page.get_by_text("nothing waits for you").wait_for()
    expect(page.locator("#to-review")).to_have_count(0)


def test_home_without_scripts_leads_there_too(open_page, done, bob):
    page = open_page(bob, "/home/", scripts=False)
    page.get_by_role("link", name="Reviews to write").click()
    page.get_by_role("link", name="Review").last.click()
    page.wait_for_url(f"**/trades/{done.pk}/review/")
