"""Two people, two browsers: what one does, the other's open page shows at once."""

import pytest
from django.db import close_old_connections
from playwright.sync_api import expect

from tests.journeys.site import running_site, signed_in
from trades.models import Status, TradeProposal
from trades.services import counter_proposal, create_proposal
from trades.terms import Line, Terms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site():
    with running_site() as address:
        yield address
    close_old_connections()


@pytest.fixture
def offer(alice, bob, bolt, mox):
    terms = Terms(offers=(Line(bolt.pk, 4),), wants=(Line(mox.pk, 1),))
    return create_proposal(by=alice, recipient="bob", terms=terms)


def test_a_counter_shows_on_the_open_page_and_the_old_offer_cannot_be_accepted(
    chromium, site, alice, bob, bolt, mox, offer
):
    # Bob asks for more, so that it is Alice who counters and Bob who looks on.
    asked = counter_proposal(
        proposal_id=offer.pk, by=bob, terms=Terms(offers=(Line(mox.pk, 1),), wants=(Line(bolt.pk, 2),))
    )
    hers, his = signed_in(chromium, site, alice), signed_in(chromium, site, bob, width=360)
    his.goto(f"/trades/{asked.pk}/")
    his.wait_for_selector("html[data-live=on]")
    newer = his.locator(".notice", has_text="There is a newer offer")
    expect(newer).to_have_count(0)
    loaded = his.evaluate("performance.timeOrigin")

    hers.goto(f"/trades/{asked.pk}/counter/")
    hers.locator(f"#quantity-{bolt.pk}").fill("3")
    hers.get_by_role("button", name="Send counter").click()
    hers.wait_for_url(lambda address: not address.endswith("/counter/"))

    expect(newer.locator(".diffs li")).to_have_count(1, timeout=1_000)
    expect(newer.locator(".diffs")).to_contain_text("Lightning Bolt")
    assert his.evaluate("performance.timeOrigin") == loaded  # without a reload
    expect(his.get_by_role("button", name="Accept")).to_have_count(0)

    his.goto(f"/trades/{TradeProposal.objects.get(parent_proposal=asked).pk}/")
    expect(his.get_by_role("button", name="Accept").first).to_be_visible()


def test_accepting_an_old_version_is_refused_and_the_difference_shown(
    chromium, site, alice, bob, bolt, mox, offer
):
    # Without scripts his page stays as it was when he opened it.
    still = signed_in(chromium, site, bob, java_script_enabled=False)
    still.goto(f"/trades/{offer.pk}/")
    counter_proposal(
        proposal_id=offer.pk, by=bob, terms=Terms(offers=(Line(mox.pk, 1),), wants=(Line(bolt.pk, 3),))
    )
    still.get_by_role("button", name="Accept").first.click()
    expect(still.get_by_role("heading", name="There is a newer offer")).to_be_visible()
    expect(still.locator(".diffs li")).to_have_count(1)
    expect(still.locator(".diffs")).to_contain_text("Lightning Bolt")
    assert TradeProposal.objects.get(pk=offer.pk).status == Status.COUNTERED
    assert not TradeProposal.objects.filter(status=Status.ACCEPTED).exists()
