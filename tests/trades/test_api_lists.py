"""Lists of proposals and events: who sees what, how they are narrowed, what they cost."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from trades.api.documents import Proposal
from trades.api.reading import as_rows, with_parts
from trades.models import TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    counter_proposal,
    create_proposal,
    decline_proposal,
    view_proposal,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


@pytest.fixture
def market(alice, bob, charlie, bolt, mox):
    """Alice to bob: pending, declined, draft; bob to alice: viewed; and charlie's, for which bob was to pay."""
    gift = Terms(offers=(Line(bolt.pk),))
    pending = create_proposal(by=alice, recipient="bob", terms=gift)
    declined = create_proposal(by=alice, recipient="bob", terms=gift)
    decline_proposal(proposal_id=declined.pk, by=bob)
    draft = create_proposal(by=alice, recipient="bob", terms=gift, draft=True)
    received = create_proposal(by=bob, recipient="alice", terms=Terms(offers=(Line(mox.pk),)))
    view_proposal(proposal_id=received.pk, by=alice)
    charlies = create_proposal(by=bob, recipient="charlie", terms=Terms(offers=(Line(mox.pk),)))
    made = {"pending": pending, "declined": declined, "draft": draft, "received": received}
    return {name: row.pk for name, row in {**made, "charlies": charlies}.items()}


def test_lists_show_ones_own(alice_api, bob_api, charlie_api, market):
    m = market
    assert ids(alice_api.get("/trades/")) == [m["received"], m["draft"], m["declined"], m["pending"]]
    assert ids(bob_api.get("/trades/")) == [m["charlies"], m["received"], m["declined"], m["pending"]]
    assert ids(charlie_api.get("/trades/")) == [m["charlies"]]


def test_incoming_are_open_outgoing_are_sent(alice_api, bob_api, market):
    assert ids(alice_api.get("/trades/incoming/")) == [market["received"]]
    assert ids(alice_api.get("/trades/outgoing/")) == [market["declined"], market["pending"]]
    assert ids(bob_api.get("/trades/incoming/")) == [market["pending"]]
    assert ids(bob_api.get("/trades/outgoing/")) == [market["charlies"], market["received"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"status": "pending"}, ["pending"]),
        ({"status": "pending,viewed"}, ["received", "pending"]),
        ({"role": "recipient"}, ["received"]),
        ({"role": "proposer", "status": "draft"}, ["draft"]),
        ({"with": "Bob"}, ["received", "draft", "declined", "pending"]),
        ({"with": "charlie"}, []),
        ({"with": "alice"}, []),
        ({"with": "nobody"}, []),
        ({"ordering": "oldest", "status": "pending,declined"}, ["pending", "declined"]),
    ],
)
def test_filters(alice_api, market, query, names):
    assert ids(alice_api.get("/trades/", **query)) == [market[name] for name in names]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/trades/", {"status": "gone"}),
        ("/trades/", {"role": "thief"}),
        ("/trades/", {"with": "a" * 31}),
        ("/trades/", {"ordering": "proposer__password"}),
        ("/trades/", {"page_size": 101}),
        ("/trades/", {"cursor": "x"}),
        ("/events/", {"after": -1}),
        ("/events/", {"after": "1.5"}),
        ("/events/", {"after": "x"}),
    ],
)
def test_a_query_that_means_nothing_is_refused(alice_api, path, query):
    response = alice_api.get(path, **query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in response.json()["errors"]] == [f"/{name}" for name in query]


@pytest.mark.parametrize("ordering", ["newest", "oldest"])
def test_pages_there_and_back(alice, alice_api, make_offers, ordering):
    """Made and received ones come from two indexes, and stand in one order."""
    made = []
    for received in make_offers(3):
        gift = Terms(proposer_adds_cash=Decimal(1))
        mine = create_proposal(by=alice, recipient=received.proposer.username, terms=gift)
        made += [received.pk, mine.pk]

    def walk(url, way):
        while url:
            page = alice_api.client.get(url, headers=alice_api.headers).json()
            yield page, [row["id"] for row in page["results"]]
            url = page[way]

    there = list(walk(f"/api/v1/trades/?page_size=4&ordering={ordering}", "next"))
    expected = sorted(made, reverse=ordering == "newest")
    assert [ids for _page, ids in there] == [expected[:4], expected[4:]]
    last, _ids = there[-1]
    assert [ids for _page, ids in walk(last["previous"], "previous")] == [expected[:4]]


def test_the_timeline_of_a_proposal(alice_api, bob_api, charlie_api, bob, offer):
    accept_proposal(proposal_id=offer.pk, by=bob)
    path = f"/trades/{offer.pk}/events/"
    shown = alice_api.get(path).json()["results"]
    assert [(e["kind"], e["actor"], e["version"], e["proposal"]) for e in shown] == [
        ("sent", "alice", 1, offer.pk),
        ("accepted", "bob", 2, offer.pk),
    ]
    assert set(shown[0]) == {"id", "proposal", "kind", "actor", "version", "payload", "created_at"}
    assert bob_api.get(path).json()["results"] == shown
    assert charlie_api.get(path).status_code == 404
    assert alice_api.get("/trades/999999999999999999999999/events/").status_code == 404


def test_all_own_events_after_a_cursor(alice_api, bob_api, charlie_api, bob, market):
    events = alice_api.get("/events/").json()["results"]
    assert [(e["proposal"], e["kind"]) for e in events] == [
        (market["pending"], "sent"),
        (market["declined"], "sent"),
        (market["declined"], "declined"),
        (market["received"], "sent"),
        (market["received"], "viewed"),
    ]
    assert ids(alice_api.get("/events/", after=events[2]["id"])) == [e["id"] for e in events[3:]]
    assert ids(alice_api.get("/events/", after=events[-1]["id"])) == []
    assert ids(alice_api.get("/events/", after=2**70)) == []
    assert [e["proposal"] for e in charlie_api.get("/events/").json()["results"]] == [market["charlies"]]
    assert TradeEvent.objects.count() == len(events) + 1


def test_a_stranger_is_told_nothing(charlie_api, alice_api, offer):
    assert ids(alice_api.get("/trades/")) == [offer.pk]
    unknown = charlie_api.get("/trades/999999/")
    for hidden in (
        charlie_api.get(f"/trades/{offer.pk}/"),
        charlie_api.get(f"/trades/{offer.pk}/events/"),
        charlie_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}),
        charlie_api.delete(f"/trades/{offer.pk}/"),
        charlie_api.post(f"/trades/{offer.pk}/complete/"),
    ):
        assert (hidden.status_code, hidden.content) == (404, unknown.content)
    assert ids(charlie_api.get("/trades/")) == []
    assert charlie_api.get("/events/").json()["results"] == []


def test_nobody_is_not_let_in(nobody_api, offer):
    for path in ("/trades/", "/trades/incoming/", f"/trades/{offer.pk}/", "/events/"):
        assert nobody_api.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/trades/", "/trades/incoming/", "/events/"])
def test_a_list_costs_the_same_for_1_3_and_50(alice, alice_api, make_offers, path):
    def queries(more):
        make_offers(more)
        with CaptureQueriesContext(connection) as captured:
            shown = ids(alice_api.get(path, page_size=100))
        assert len(shown) == TradeProposal.objects.count()
        return len(captured)

    alice_api.get(path)  # notes the token's use, once a minute
    assert (queries(1), queries(2), queries(47)) == (LIST_QUERIES[path],) * 3


# The token, the rows, and for proposals their items and counters.
LIST_QUERIES = {"/trades/": 4, "/trades/incoming/": 4, "/events/": 2}


def test_a_detail_costs_the_same_whatever_is_in_it(alice, bob, alice_api, bob_api, offer, bolt, mox):
    def queries(pk):
        with CaptureQueriesContext(connection) as captured:
            assert alice_api.get(f"/trades/{pk}/").status_code == 200
        return len(captured)

    alice_api.get("/trades/")
    alone = queries(offer.pk)
    back = Terms(offers=(Line(mox.pk),), wants=(Line(bolt.pk, 4),))
    counter_proposal(proposal_id=offer.pk, by=bob, terms=back)
    countered = queries(offer.pk)
    assert (alone, countered) == (4, 7)


def test_the_fast_way_shows_what_rest_framework_would(alice, offer, rf):
    request = rf.get("/")
    request.user = alice
    [row] = with_parts(as_rows(TradeProposal.objects.all()))
    fast = Proposal(row, context={"request": request}).data
    slow = serializers.Serializer.to_representation(Proposal(context={"request": request}), row)
    assert fast == slow
    assert len(fast["proposer_offers"]) == 1
