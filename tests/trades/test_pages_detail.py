"""/trades/<id>/: both sides, the way there, and what to do next."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import clock_moved
from notifications.models import Notification
from tests.budget import KB, on_the_wire
from tests.factories import HoldingFactory, set_price
from tests.trades.conftest import kinds
from trades.models import Look, TradeProposal
from trades.services import (
    accept_proposal,
    agree_to_exchange,
    counter_proposal,
    create_proposal,
    decline_proposal,
    mark_sent,
    view_proposal,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def page(client, proposal):
    response = client.get(f"/trades/{proposal.pk}/")
    assert response.status_code == 200
    return response


def text_of(response):
    return response.content.decode()


def verbs(response):
    return [action.name for action in response.context["actions"]]


def lines(side):
    return [(line.item.quantity, line.item.card.name, line.free, line.claims) for line in side.lines]


def told(response):
    return [entry.text for entry, _changes in response.context["timeline"]]


@pytest.fixture
def counter(offer, bob, bolt, mox) -> TradeProposal:
    """Bob's answer: two opals for all four bolts, no cash, in person."""
    terms = Terms(
        offers=(Line(mox.pk, 2),),
        wants=(Line(bolt.pk, 4),),
        message="Take both?",
        completion_method="in_person",
    )
    return counter_proposal(proposal_id=offer.pk, by=bob, terms=terms)


def test_each_reads_it_from_their_own_side(offer, alice_page, bob_page):
    mine, theirs = page(alice_page, offer), page(bob_page, offer)
    assert lines(mine.context["give"]) == lines(theirs.context["get"]) == [(3, "Lightning Bolt", None, 0)]
    assert lines(mine.context["get"]) == lines(theirs.context["give"]) == [(1, "Mox Opal", None, 0)]
    assert (mine.context["give"].cash, mine.context["give"].total) == (Decimal("5.00"), Decimal("12.50"))
    assert mine.context["verdict"] == "You gain $7.50 (38 %)"
    assert theirs.context["verdict"] == "They gain $7.50 (38 %)"
    assert mine.context["fairness"] == theirs.context["fairness"] == 62


def test_the_first_look_of_the_recipient_marks_it_viewed(offer, alice_page, bob_page):
    page(alice_page, offer)
    assert kinds(offer) == [("sent", "alice", 1)]
    for _ in range(2):
        page(bob_page, offer)
    assert kinds(offer) == [("sent", "alice", 1), ("viewed", "bob", 1)]


@pytest.mark.parametrize("path", ["", "address/", "dispute/", "counter/", "edit/"])
def test_a_stranger_finds_nothing(trade, charlie_page, alice_page, path):
    assert page(alice_page, trade)
    assert charlie_page.get(f"/trades/{trade.pk}/{path}").status_code == 404
    assert charlie_page.get(f"/trades/{2**63 - 1}/{path}").status_code == 404
    assert charlie_page.get(f"/trades/{2**70}/{path}").status_code == 404


def test_anonymous_is_asked_to_sign_in(offer):
    response = Client().get(f"/trades/{offer.pk}/")
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next=/trades/{offer.pk}/")


def test_a_draft_is_its_writers_alone(draft, alice_page, bob_page):
    assert verbs(page(alice_page, draft)) == ["send", "cancel"]
    assert bob_page.get(f"/trades/{draft.pk}/").status_code == 404


def test_the_buttons_are_those_of_the_status_machine(offer, alice, bob, alice_page, bob_page):
    assert verbs(page(alice_page, offer)) == ["extend", "cancel"]
    assert verbs(page(bob_page, offer)) == ["accept", "counter", "decline"]
    accept_proposal(proposal_id=offer.pk, by=bob)
    assert verbs(page(alice_page, offer)) == verbs(page(bob_page, offer)) == ["ship", "confirm", "cancel"]
    mark_sent(proposal_id=offer.pk, by=alice)
    assert verbs(page(bob_page, offer)) == ["ship", "confirm", "delay", "cancel"]


def test_who_ran_out_of_time_has_no_buttons(offer, alice_page, bob_page):
    with clock_moved(timedelta(days=8)):
        assert verbs(page(bob_page, offer)) == []
        assert verbs(page(alice_page, offer)) == ["cancel"]


def test_a_counter_shows_what_it_changes_to_each(counter, alice_page, bob_page):
    mine, theirs = page(alice_page, counter), page(bob_page, counter)

    def changes(response):
        found = response.context["changes"]
        return [(str(row.kind), row.text, row.note, row.gain) for row in found.rows], found.gain

    assert changes(mine) == (
        [
            ("removed", "$5.00 in cash", "from you", Decimal("5.00")),
            ("changed", "in person instead of by mail", "how you swap", None),
            ("changed", "2 × Mox Opal (M10), NM instead of 1", "from bob", Decimal("20.00")),
            ("changed", "4 × Lightning Bolt (M10), NM instead of 3", "from you", Decimal("-2.50")),
        ],
        Decimal("22.50"),
    )
    assert changes(theirs)[1] == Decimal("-22.50")


def test_the_timeline_tells_the_chain_to_each(offer, counter, alice, bob, alice_page, bob_page):
    decline_proposal(proposal_id=counter.pk, by=alice, reason="Too many bolts", for_good=True)
    assert told(page(alice_page, counter)) == ["You sent an offer", "bob countered", "You declined"]
    response = page(bob_page, counter)
    assert told(response) == ["alice sent an offer", "You countered", "alice declined"]
    assert "Too many bolts" in text_of(response)
    assert "Asked not to be offered these cards again." in text_of(response)
    assert told(page(bob_page, offer)) == told(response)


def test_an_old_offer_leads_to_the_newest_and_has_no_buttons(offer, counter, alice, alice_page, bob_page):
    response = page(bob_page, offer)
    assert verbs(response) == []
    assert "There is a newer offer" in text_of(response)
    assert f'href="/trades/{counter.pk}/"' in text_of(response)
    assert (response.context["negotiation"].number, len(response.context["negotiation"].chain)) == (1, 2)
    page(alice_page, counter)
    page(alice_page, offer)  # leafing back forgets nothing
    assert Look.objects.get(user=alice).proposal_id == counter.pk


def test_since_you_last_looked(offer, counter, alice, bob, alice_page, bob_page, bolt, mox):
    page(alice_page, offer)
    view_proposal(proposal_id=offer.pk, by=alice)
    Look.objects.filter(user=alice).update(proposal=offer)
    back = Terms(offers=(Line(bolt.pk, 4),), wants=(Line(mox.pk, 2),), proposer_adds_cash=Decimal(1))
    second = counter_proposal(proposal_id=counter.pk, by=alice, terms=back)
    third = counter_proposal(
        proposal_id=second.pk, by=bob, terms=Terms(offers=(Line(mox.pk, 2),), wants=(Line(bolt.pk, 2),))
    )
    response = page(alice_page, third)
    assert [row.text for row in response.context["since_last_look"].rows] == [
        "$5.00 in cash",
        "2 × Mox Opal (M10), NM instead of 1",
        "2 × Lightning Bolt (M10), NM instead of 3",
    ]
    assert "Since you last looked" in text_of(response)
    assert page(alice_page, third).context["since_last_look"] is None


def test_looking_reads_the_notices_of_the_chain(offer, counter, alice, alice_page):
    assert Notification.objects.of(alice).unread().count() == 1
    response = page(alice_page, counter)
    assert Notification.objects.of(alice).unread().count() == 0
    assert response.context["unread_notifications"] == 0


def test_other_offers_of_the_same_copies_are_told_to_both(offer, alice, alice_page, bob_page, bolt):
    for name in ("dora", "emil"):
        HoldingFactory(owner__username=name)
        create_proposal(by=alice, recipient=name, terms=Terms(offers=(Line(bolt.pk),)))
    assert lines(page(alice_page, offer).context["give"]) == [(3, "Lightning Bolt", None, 2)]
    response = page(bob_page, offer)
    assert lines(response.context["get"]) == [(3, "Lightning Bolt", None, 2)]
    assert "also in 2 other offers" in text_of(response)


def test_a_copy_that_is_gone_shows_at_once(offer, alice, bob, bob_page, bolt, charlie):
    other = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 2),)))
    accept_proposal(proposal_id=other.pk, by=charlie)
    response = page(bob_page, offer)
    assert lines(response.context["get"]) == [(3, "Lightning Bolt", 2, 0)]
    assert "Some of these cards are no longer free" in text_of(response)
    assert f'href="/trades/{offer.pk}/counter/?without=missing"' in text_of(response)


def test_prices_that_moved_are_told_to_each(offer, bolt, alice_page, bob_page):
    set_price(bolt.card, "nonfoil", "3.00")
    assert (
        page(alice_page, offer).context["drift_words"] == "$1.50 (8 %) moved their way since this was sent."
    )
    assert page(bob_page, offer).context["drift_words"] == "$1.50 (8 %) moved your way since this was sent."


def test_prices_and_their_kind(alice, alice_page, bob):
    common = {"owner": alice, "quantity": 1}
    japanese = HoldingFactory(**common, card__name="Foreign", language="ja", price="4.00")
    unpriced = HoldingFactory(**common, card__name="Dear")
    declared = HoldingFactory(**common, card__name="Said")
    plain = HoldingFactory(**common, card__name="Plain", price="1.00")
    offers = (Line(japanese.pk), Line(unpriced.pk), Line(declared.pk, 1, Decimal(7)), Line(plain.pk))
    offer = create_proposal(by=alice, recipient="bob", terms=Terms(offers=offers))
    response = page(alice_page, offer)
    text = text_of(response)
    for words in ("English price", "unpriced", "declared", "estimate"):
        assert words in text
    assert (response.context["fairness"], response.context["verdict"]) == (None, "A gift")


def test_a_partner_who_is_away(offer, bob, alice_page):
    bob.vacation_until = offer.created_at.date() + timedelta(days=3)
    bob.save()
    assert "bob is away until" in text_of(page(alice_page, offer))


def test_parcels_and_addresses(trade, alice, bob, alice_page, bob_page):
    assert "Your addresses stay hidden" in text_of(page(bob_page, trade))
    mark_sent(proposal_id=trade.pk, by=alice, carrier="Post", tracking="RR1")
    assert "alice sent a parcel" in text_of(page(bob_page, trade))
    assert "RR1" in text_of(page(bob_page, trade))


def test_both_have_to_agree_before_an_address_is_shown(trade, alice, bob, alice_page, bob_page):
    from accounts.addresses import Address, set_address

    for user, street in ((alice, "Alley 1"), (bob, "Bend 2")):
        set_address(by=user, address=Address(user.username, street, "Town", "DE"))
    agree_to_exchange(proposal_id=trade.pk, by=bob)
    assert bob_page.get(f"/trades/{trade.pk}/address/").status_code == 409
    agree_to_exchange(proposal_id=trade.pk, by=alice)
    response = bob_page.get(f"/trades/{trade.pk}/address/")
    assert "Alley 1" in text_of(response)
    assert "no-store" in response["Cache-Control"]
    assert "Alley 1" not in text_of(page(bob_page, trade))


def test_words_of_people_stay_text(alice, bob_page, bob, bolt):
    message = "<script>alert(1)</script>\njavascript:alert(2)"
    offer = create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),), message=message))
    text = text_of(page(bob_page, offer))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text


@pytest.fixture
def hundred(alice, bob) -> TradeProposal:
    """A hundred lines a side, every card another one."""
    names = [f"{first} {second}" for first in FIRST for second in SECOND]
    rows = [HoldingFactory(owner=o, card__name=n, price="1.25") for o in (alice, bob) for n in names]
    lines = [Line(row.pk) for row in rows]
    terms = Terms(offers=tuple(lines[:100]), wants=tuple(lines[100:]))
    return create_proposal(by=alice, recipient="bob", terms=terms)


FIRST = ("Abyssal", "Barbed", "Cinder", "Dross", "Ember", "Feral", "Gilded", "Hollow", "Ivory", "Jagged")
SECOND = (
    "Archer",
    "Bastion",
    "Colossus",
    "Druid",
    "Elemental",
    "Familiar",
    "Golem",
    "Harpy",
    "Imp",
    "Juggernaut",
)


def test_a_hundred_lines_a_side_stay_within_the_budget(hundred, alice_page, bob_page):
    for client in (alice_page, bob_page):
        response = page(client, hundred)
        assert len(response.context["give"].lines) == 100
        assert on_the_wire(response.content) <= 14 * KB


def test_the_page_costs_the_same_for_any_chain_and_any_number_of_lines(
    offer, counter, hundred, alice, bob, alice_page, bolt, mox
):
    costs = []
    last = counter
    for people in ((alice, bob), (bob, alice), (alice, bob), (bob, alice)):
        mine, theirs = (bolt, mox) if people[0] == alice else (mox, bolt)
        swapped = Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),))
        last = counter_proposal(proposal_id=last.pk, by=people[0], terms=swapped)
    for proposal in (last, hundred):
        page(alice_page, proposal)
        with CaptureQueriesContext(connection) as queries:
            page(alice_page, proposal)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[0] <= 12
