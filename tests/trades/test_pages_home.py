"""/home/: what needs me, first."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cards.models import Want
from tests.factories import HoldingFactory

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


def steps(client):
    found = client.get("/home/").context["steps"]
    return (found.has_cards, found.has_wants, found.has_traded, found.is_over)


def test_what_needs_me_has_its_button_and_time(offer, draft, bob_page, alice_page):
    (row,) = bob_page.get("/home/").context["needs"]
    assert (row.proposal.pk, row.step.action, row.step.deadline) == (offer.pk, "Answer", offer.expires_at)
    response = alice_page.get("/home/")
    assert [row.proposal.pk for row in response.context["needs"]] == [draft.pk]
    assert [row.proposal.pk for row in response.context["waiting"]] == [offer.pk]


def test_what_is_under_way_leads_to_where_it_is_done(trade, alice_page):
    assert f'href="/trades/{trade.pk}/#shipping"' in text_of(alice_page.get("/home/"))


def test_a_stranger_sees_nothing(offer, bob_page, charlie_page):
    assert "waits for your answer" in text_of(bob_page.get("/home/"))
    response = charlie_page.get("/home/")
    assert (response.context["needs"], response.context["waiting"]) == ([], [])
    assert "nothing waits for you" in text_of(response)


def test_unread_notices_and_their_place(offer, bob_page):
    assert "alice sent you an offer." in text_of(bob_page.get("/home/"))
    bob_page.post("/notifications/read/", {"all": "1"})
    assert "alice sent you an offer." not in text_of(bob_page.get("/home/"))


def test_anonymous_is_asked_to_sign_in(db):
    assert Client().get("/home/")["Location"] == "/accounts/login/?next=/home/"


def test_the_first_steps_of_a_newcomer(alice, bob, alice_page):
    assert steps(alice_page) == (False, False, False, False)
    assert 'href="/binder/"' in text_of(alice_page.get("/home/"))
    holding = HoldingFactory(owner=alice)
    assert steps(alice_page) == (True, False, False, False)
    Want.objects.create(owner=alice, card=holding.card)
    assert steps(alice_page) == (True, True, False, False)
    assert "2 of 3 done" in text_of(alice_page.get("/home/"))


def test_who_has_traded_needs_no_steps(offer, alice_page):
    assert steps(alice_page) == (True, False, True, True)
    assert "Three steps" not in text_of(alice_page.get("/home/"))


def test_home_costs_the_same_for_any_number(alice, alice_page, make_offers):
    counts = []
    for more in (1, 2, 47):
        make_offers(more)
        alice_page.get("/home/")
        with CaptureQueriesContext(connection) as queries:
            response = alice_page.get("/home/")
        counts.append(len(queries))
    assert len(response.context["needs"]) == 5
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12
