"""The buttons of a trade's page: each posts, answers 303, 409 or 422, and never accepts in silence."""

from decimal import Decimal

import pytest
from django.test import Client

from tests.factories import set_price
from tests.forms import form_to, form_with
from tests.trades.conftest import kinds
from tests.trades.rows import all_rows
from trades.models import Shipment, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    counter_proposal,
    create_proposal,
    extend_proposal,
    mark_sent,
    send_draft,
    view_proposal,
)
from trades.terms import Line, Terms
from trades.views.verbs import VERBS

pytestmark = pytest.mark.django_db


def fresh(proposal):
    return TradeProposal.objects.get(pk=proposal.pk)


def page(client, proposal):
    return client.get(f"/trades/{proposal.pk}/")


def press(client, proposal, verb, **typed):
    """Open the page, fill in the form of `verb`, send it."""
    return form_to(page(client, proposal), f"/{verb}/").press(client, **typed)


def post(client, proposal, verb, version=1, **data):
    return client.post(f"/trades/{proposal.pk}/{verb}/", {"version": version, **data})


def text_of(response):
    return response.content.decode()


def leads_to(response, proposal):
    return (response.status_code, response["Location"]) == (303, f"/trades/{proposal.pk}/")


def test_accepting(offer, bob_page):
    response = press(bob_page, offer, "accept")
    assert leads_to(response, offer)
    assert fresh(offer).status == "accepted"
    assert "Accepted. The cards are reserved." in text_of(page(bob_page, offer))


def test_declining_with_a_reason(offer, bob_page):
    response = press(bob_page, offer, "decline", reason="Too few")
    assert leads_to(response, offer)
    assert (fresh(offer).status, fresh(offer).decline_reason, fresh(offer).declined_for_good) == (
        "declined",
        "Too few",
        False,
    )


def test_declining_for_good(offer, bob_page):
    post(bob_page, offer, "decline", for_good="on")
    assert fresh(offer).declined_for_good


def test_taking_an_offer_back(offer, alice_page):
    assert leads_to(press(alice_page, offer, "cancel"), offer)
    assert fresh(offer).status == "cancelled"


def test_giving_more_time(offer, alice_page):
    assert leads_to(press(alice_page, offer, "extend"), offer)
    assert kinds(offer)[-1] == ("extended", "alice", 2)
    assert "3 more days" not in text_of(page(alice_page, offer)).split('id="timeline"')[0]


def test_sending_and_discarding_a_draft(draft, alice_page):
    assert leads_to(press(alice_page, draft, "send"), draft)
    assert fresh(draft).status == "pending"


def test_discarding_a_draft(draft, alice_page):
    assert leads_to(press(alice_page, draft, "cancel"), draft)
    assert fresh(draft).status == "cancelled"


def test_calling_off_needs_a_reason(trade, alice_page):
    form = form_to(page(alice_page, trade), "/cancel/")
    before = all_rows()
    response = form.press(alice_page)
    assert response.status_code == 422
    assert 'href="#cancel-reason"' in text_of(response)
    assert 'aria-invalid="true"' in text_of(response)
    assert all_rows() == before
    assert leads_to(press(alice_page, trade, "cancel", reason="Sold"), trade)
    assert (fresh(trade).status, fresh(trade).cancel_reason) == ("cancelled", "Sold")


def test_asking_to_cancel_and_both_answers(trade, alice_page, bob_page):
    post(alice_page, trade, "cancel", 2, reason="Lost one", ask="on")
    assert fresh(trade).cancel_requested_by.username == "alice"
    assert leads_to(press(bob_page, trade, "refuse-cancellation"), trade)
    assert fresh(trade).cancel_requested_by is None
    post(alice_page, trade, "cancel", fresh(trade).version, reason="Lost one", ask="on")
    assert leads_to(press(bob_page, trade, "cancel"), trade)
    assert (fresh(trade).status, fresh(trade).cancel_reason, fresh(trade).cancel_counts_against) == (
        "cancelled",
        "Lost one",
        None,
    )


def test_from_the_post_office_to_both_binders(trade, alice_page, bob_page):
    assert leads_to(press(alice_page, trade, "ship", carrier="Post", tracking="RR1"), trade)
    assert leads_to(press(bob_page, trade, "delay"), trade)
    assert leads_to(press(alice_page, trade, "ship", tracking="RR2"), trade)
    assert Shipment.objects.get().tracking == "RR2"
    assert leads_to(press(bob_page, trade, "confirm", completion_notes="All here"), trade)
    assert leads_to(press(alice_page, trade, "confirm"), trade)
    assert fresh(trade).status == "completed"
    assert "All here" in text_of(page(bob_page, trade))


def test_agreeing_to_exchange_addresses_needs_ones_own(trade, alice_page):
    response = press(alice_page, trade, "agree-addresses")
    assert response.status_code == 409
    assert "Add your own address in the settings first." in text_of(response)


# --- what was seen is what is answered ---------------------------------------------------------------


def test_a_stale_version_is_a_conflict_that_shows_what_happened(offer, alice, bob, bob_page):
    seen = form_to(page(bob_page, offer), "/accept/")
    extend_proposal(proposal_id=offer.pk, by=alice)
    before = all_rows()
    response = seen.press(bob_page)
    assert response.status_code == 409
    assert [entry.text for entry in response.context["entries"]] == ["alice gave 3 more days"]
    assert "Nothing was done in your name." in text_of(response)
    assert f'href="/trades/{offer.pk}/"' in text_of(response)
    assert all_rows() == before


def test_a_counter_made_elsewhere_is_shown_with_its_difference(offer, bob, bob_page, bolt, mox):
    seen = form_to(page(bob_page, offer), "/accept/")
    terms = Terms(offers=(Line(mox.pk, 2),), wants=(Line(bolt.pk, 4),))
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=terms)
    before = all_rows()
    response = seen.press(bob_page)
    assert response.status_code == 409
    assert "There is a newer offer" in text_of(response)
    assert [row.text for row in response.context["changes"].rows] == [
        "$5.00 in cash",
        "2 × Mox Opal (M10), NM instead of 1",
        "4 × Lightning Bolt (M10), NM instead of 3",
    ]
    assert f'href="/trades/{child.pk}/"' in text_of(response)
    assert all_rows() == before


def test_what_was_taken_back_cannot_be_accepted(offer, alice, bob_page):
    seen = form_to(page(bob_page, offer), "/accept/")
    cancel_trade(proposal_id=offer.pk, by=alice)
    response = seen.press(bob_page)
    assert response.status_code == 409
    assert [entry.text for entry in response.context["entries"]] == ["alice cancelled"]
    assert fresh(offer).status == "cancelled"


def test_missing_copies_are_named_with_one_click_to_go_on_without(offer, alice, bob_page, bolt, charlie):
    seen = form_to(page(bob_page, offer), "/accept/")
    other = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 3),)))
    accept_proposal(proposal_id=other.pk, by=charlie)
    response = seen.press(bob_page)
    assert response.status_code == 409
    assert [(lost.item.card.name, lost.free) for lost in response.context["missing"]] == [
        ("Lightning Bolt", 1)
    ]
    assert "1 of 3 left" in text_of(response)
    without = bob_page.get(f"/trades/{offer.pk}/counter/?without=missing")
    assert form_with(without, "send").value(f"quantity-{bolt.pk}") == "1"
    assert fresh(offer).status == "viewed"


def test_prices_that_moved_far_are_agreed_to_again(offer, bolt, bob_page):
    set_price(bolt.card, "nonfoil", "4.00")
    before = fresh(offer)
    response = post(bob_page, offer, "accept")
    assert response.status_code == 422
    assert "Prices moved by 23 % since this was sent" in text_of(response)
    assert fresh(offer).status == before.status
    again = form_to(page(bob_page, offer), "/accept/")
    assert again.values("prices_moved") == []
    assert leads_to(post(bob_page, offer, "accept", prices_moved="on"), offer)


def test_prices_that_moved_a_little_are_not_asked_about(offer, bolt, bob_page):
    set_price(bolt.card, "nonfoil", "2.60")
    assert leads_to(press(bob_page, offer, "accept"), offer)


# --- what cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_a_stranger_finds_nothing(offer, charlie_page, bob_page, verb):
    assert page(bob_page, offer).status_code == 200
    before = all_rows()
    assert post(charlie_page, offer, verb, reason="x").status_code == 404
    assert all_rows() == before


@pytest.mark.parametrize("verb", VERBS)
def test_who_has_to_sign_in_first_comes_back_to_the_trade(offer, bob_page, verb):
    address = f"/trades/{offer.pk}/{verb}/"
    before = all_rows()
    assert Client().post(address)["Location"] == f"/accounts/login/?next={address}"
    assert bob_page.get(address)["Location"] == f"/trades/{offer.pk}/"
    assert all_rows() == before


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_the_proposer_cannot_answer_for_the_other(offer, alice_page, verb):
    before = all_rows()
    response = post(alice_page, offer, verb)
    assert response.status_code == 403
    assert "This is for the other side to do." in text_of(response)
    assert all_rows() == before


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "1.5", "9" * 30])
def test_a_form_without_its_version_does_nothing(offer, bob, bob_page, version):
    view_proposal(proposal_id=offer.pk, by=bob)
    before = all_rows()
    assert post(bob_page, offer, "accept", version).status_code == 422
    assert all_rows() == before


@pytest.mark.parametrize(
    ("verb", "data", "field"),
    [
        ("decline", {"reason": "x" * 501}, "decline-reason"),
        ("decline", {"reason": "a\0b"}, "decline-reason"),
    ],
)
def test_bad_words_come_back_with_the_form(offer, bob, bob_page, verb, data, field):
    view_proposal(proposal_id=offer.pk, by=bob)
    before = all_rows()
    response = post(bob_page, offer, verb, **data)
    assert response.status_code == 422
    assert f'href="#{field}"' in text_of(response)
    assert f'<dialog id="{verb}" open' in text_of(response)
    assert all_rows() == before


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("confirm", {"completion_method": "teleport"}),
        ("confirm", {"completion_method": "mail", "completion_notes": "x" * 1001}),
        ("ship", {"carrier": "x" * 61}),
        ("ship", {"tracking": "x" * 101}),
        ("cancel", {"reason": " \u200b"}),
    ],
)
def test_bad_words_after_acceptance(trade, bob_page, verb, data):
    before = all_rows()
    assert post(bob_page, trade, verb, 2, **data).status_code == 422
    assert all_rows() == before


def test_who_may_not_trade_is_told_why(offer, bob, bob_page):
    bob.emailaddress_set.update(verified=False)
    response = press(bob_page, offer, "accept")
    assert response.status_code == 403
    assert "Confirm your e-mail address first." in text_of(response)


def test_a_second_press_is_a_conflict(trade, bob_page):
    mark_sent(proposal_id=trade.pk, by=trade.proposer)
    version = fresh(trade).version
    assert post(bob_page, trade, "confirm", version, completion_method="mail").status_code == 303
    assert post(bob_page, trade, "confirm", version, completion_method="mail").status_code == 409
    assert [kind for kind, _who, _version in kinds(trade)].count("confirmed") == 1


def test_forged_forms_are_refused(offer, bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert post(client, offer, "accept").status_code == 403
    assert fresh(offer).status == "pending"


def test_a_sent_draft_is_no_draft(draft, alice, alice_page):
    seen = form_to(page(alice_page, draft), "/send/")
    send_draft(proposal_id=draft.pk, by=alice)
    assert seen.press(alice_page).status_code == 409
    assert [kind for kind, *_ in kinds(draft)] == ["sent"]
    assert fresh(draft).proposer_adds_cash == Decimal("5.00")
