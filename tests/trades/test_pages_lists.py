"""/trades/: what needs me, what I wait for, what is under way and what is done."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import clock_moved
from tests.factories import HoldingFactory
from trades.desk import Tab, counts_of
from trades.models import TradeProposal
from trades.services import (
    answer_dispute,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
    mark_sent,
    open_dispute,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def rows(client, tab=""):
    response = client.get(f"/trades/{tab}")
    assert response.status_code == 200
    return [
        (row.proposal.pk, row.step.text if row.step else row.proposal.status)
        for row in response.context["rows"]
    ]


def needs(client):
    return [text for _pk, text in rows(client)]


def test_an_offer_needs_the_recipient_and_its_sender_waits(offer, alice_page, bob_page):
    assert rows(bob_page) == [(offer.pk, "alice waits for your answer.")]
    assert rows(bob_page, "waiting/") == []
    assert rows(alice_page) == []
    assert rows(alice_page, "waiting/") == [(offer.pk, "Waiting for bob to answer.")]


def test_a_stranger_sees_nothing(offer, bob_page, charlie_page):
    assert rows(bob_page) != []
    assert [rows(charlie_page, tab) for tab in ("", "waiting/", "under-way/", "done/")] == [[], [], [], []]


@pytest.mark.parametrize("tab", ["", "waiting/", "under-way/", "done/"])
def test_anonymous_is_asked_to_sign_in(db, tab):
    response = Client().get(f"/trades/{tab}")
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next=/trades/{tab}")


def test_a_list_that_is_none(alice_page):
    assert alice_page.get("/trades/everything/").status_code == 404
    assert alice_page.get("/trades/", {"page": "bent"}).status_code == 404


@pytest.mark.parametrize("tab", ["", "waiting/", "under-way/", "done/"])
def test_an_empty_list_leads_to_the_matches(alice_page, tab):
    assert 'href="/matches/"' in alice_page.get(f"/trades/{tab}").content.decode()


def test_a_draft_needs_its_writer_alone(draft, alice, alice_page, bob_page):
    assert rows(alice_page) == [(draft.pk, "Finish your draft and send it.")]
    assert rows(bob_page) == []
    cancel_trade(proposal_id=draft.pk, by=alice)
    assert rows(alice_page, "done/") == []


def test_by_mail_the_first_to_send_is_asked_first(trade, alice, bob, alice_page, bob_page):
    assert (needs(alice_page), needs(bob_page)) == (["You send first. bob is waiting."], [])
    assert rows(bob_page, "under-way/") == [(trade.pk, "alice sends first.")]
    mark_sent(proposal_id=trade.pk, by=alice)
    assert (needs(alice_page), needs(bob_page)) == ([], ["It is your turn to send."])
    mark_sent(proposal_id=trade.pk, by=bob)
    assert (needs(alice_page), needs(bob_page)) == (
        ["Has it arrived from bob?"],
        ["Has it arrived from alice?"],
    )
    confirm_receipt(proposal_id=trade.pk, by=alice)
    assert (needs(alice_page), needs(bob_page)) == ([], ["Has it arrived from alice?"])
    assert rows(alice_page, "under-way/") == [(trade.pk, "bob has to confirm that it arrived.")]
    confirm_receipt(proposal_id=trade.pk, by=bob)
    assert rows(alice_page, "done/") == rows(bob_page, "done/") == [(trade.pk, "completed")]


def test_in_person_both_are_asked_to_confirm(alice, bob, bolt, alice_page, bob_page, accepted_with):
    accepted_with(Terms(offers=(Line(bolt.pk),), completion_method="in_person"))
    assert needs(alice_page) == ["Meet bob, swap, then both confirm."]
    assert needs(bob_page) == ["Meet alice, swap, then both confirm."]


def test_a_giver_of_a_gift_sends_and_confirms(alice, bolt, alice_page, bob_page, accepted_with):
    trade = accepted_with(Terms(offers=(Line(bolt.pk),)))
    assert (needs(alice_page), needs(bob_page)) == (["You send first. bob is waiting."], [])
    mark_sent(proposal_id=trade.pk, by=alice)
    assert needs(alice_page) == ["Confirm that you are done with this gift."]
    assert needs(bob_page) == ["Has it arrived from alice?"]


def test_a_request_to_cancel_needs_the_other_side(trade, alice, alice_page, bob_page):
    cancel_trade(proposal_id=trade.pk, by=alice, reason="Lost it", ask=True)
    assert needs(bob_page) == ["alice asks to cancel this trade."]
    assert rows(alice_page, "under-way/") == [(trade.pk, "You asked to cancel; bob has to agree.")]


def test_a_dispute_needs_the_other_side(trade, alice, bob, alice_page, bob_page):
    open_dispute(proposal_id=trade.pk, by=alice, reason="other", text="Hm")
    assert needs(bob_page) == ["alice opened a dispute. Tell your side."]
    assert needs(alice_page) == []
    answer_dispute(proposal_id=trade.pk, by=bob, text="Well")
    assert needs(bob_page) == []
    assert rows(bob_page, "under-way/") == [(trade.pk, "A moderator looks at the dispute.")]


def test_a_chain_is_one_row_its_newest_offer(offer, bob, alice_page, bob_page, bolt, mox):
    swapped = Terms(offers=(Line(mox.pk),), wants=(Line(bolt.pk, 4),))
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=swapped)
    assert rows(alice_page) == [(child.pk, "bob waits for your answer.")]
    assert rows(alice_page, "done/") == rows(bob_page, "done/") == []


def test_the_most_urgent_comes_first_and_the_newest_of_what_is_over(alice, bob, alice_page, bolt, mox):
    late = create_proposal(by=bob, recipient="alice", terms=Terms(offers=(Line(mox.pk),), life_days=7))
    soon = create_proposal(by=bob, recipient="alice", terms=Terms(offers=(Line(mox.pk),), life_days=2))
    assert [pk for pk, _text in rows(alice_page)] == [soon.pk, late.pk]
    decline_proposal(proposal_id=late.pk, by=alice)
    with clock_moved(timedelta(minutes=1)):
        decline_proposal(proposal_id=soon.pk, by=alice)
    assert rows(alice_page, "done/") == [(soon.pk, "declined"), (late.pk, "declined")]


def test_a_row_shows_both_sides_from_where_the_reader_stands(offer, alice_page, bob_page):
    (row,) = bob_page.get("/trades/").context["rows"]
    assert (row.give.name, row.give.copies, str(row.give_total)) == ("Mox Opal", 1, "20.00")
    assert (row.get.name, row.get.copies, str(row.get_total), str(row.get_cash)) == (
        "Lightning Bolt",
        3,
        "12.50",
        "5.00",
    )
    (row,) = alice_page.get("/trades/waiting/").context["rows"]
    assert (row.give.name, row.get.name) == ("Lightning Bolt", "Mox Opal")


def test_the_tabs_count_what_they_hold(offer, draft, alice, bob, alice_page, make_offers):
    make_offers(2)
    assert counts_of(alice) == {Tab.NEEDS_YOU: 3, Tab.WAITING: 1, Tab.UNDER_WAY: 0}
    assert counts_of(bob) == {Tab.NEEDS_YOU: 1, Tab.WAITING: 0, Tab.UNDER_WAY: 0}
    links = [(tab.label, tab.count, tab.current) for tab in alice_page.get("/trades/").context["tabs"]]
    assert links == [
        ("Needs you", 3, True),
        ("Waiting", 1, False),
        ("Under way", 0, False),
        ("Done", None, False),
    ]


def test_the_list_costs_the_same_for_any_number(alice, alice_page, make_offers):
    counts = []
    for more in (1, 2, 47):
        make_offers(more)
        alice_page.get("/trades/")
        with CaptureQueriesContext(connection) as queries:
            alice_page.get("/trades/")
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12


def test_the_list_has_pages(alice_page, make_offers):
    make_offers(23)
    seen, address = [], "/trades/"
    for size in (20, 3):
        response = alice_page.get(address)
        seen += [row.proposal.pk for row in response.context["rows"]]
        assert len(response.context["rows"]) == size
        address = f"/trades/?page={response.context['page'].next}"
    assert len(set(seen)) == 23
    assert set(seen) == set(TradeProposal.objects.values_list("pk", flat=True))


def test_markup_in_names_stays_text(alice, bob, bob_page):
    alice.display_name = "<b>A</b>"
    alice.save()
    holding = HoldingFactory(owner=alice, card__name="<script>alert(1)</script>", price="1.00")
    create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(holding.pk),)))
    text = bob_page.get("/trades/").content.decode()
    assert "&lt;b&gt;A&lt;/b&gt;" in text
    assert "<script>alert" not in text
