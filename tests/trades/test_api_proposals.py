"""Proposals by the API: their shape, looking at them, answering them."""

import pytest

from accounts.services import block_user
from tests.factories import HoldingFactory, set_price
from tests.trades.conftest import kinds
from trades.api.documents import ProposalDetail
from trades.models import Status, TradeEvent, TradeProposal
from trades.services import accept_proposal

pytestmark = pytest.mark.django_db

STOCK = {"finish": "nonfoil", "condition": "NM", "language": "en", "variant": "none", "declared": False}


def test_a_new_proposal_comes_back_with_both_lists_expanded(alice_api, bob, body, bolt, mox):
    response = alice_api.post("/trades/", body)

    shown = response.json()
    today = bolt.card.prices.get().day.isoformat()
    assert (response.status_code, response["ETag"]) == (201, '"1"')
    assert response["Location"] == f"http://testserver/api/v1/trades/{shown['id']}/"
    assert shown["proposer_offers"] == [
        {
            **STOCK,
            "holding": bolt.pk,
            "card": bolt.card_id,
            "name": "Lightning Bolt",
            "set": "m10",
            "collector_number": bolt.card.collector_number,
            "quantity": 3,
            "unit_price": "2.50",
            "price_as_of": today,
            "price_source": "csv",
            "value": "7.50",
        }
    ]
    assert [(i["name"], i["quantity"], i["value"]) for i in shown["proposer_wants"]] == [
        ("Mox Opal", 1, "20.00")
    ]
    assert {name: shown[name] for name in FRESH} == FRESH
    assert set(shown) == set(ProposalDetail().fields)
    assert response.json() == alice_api.get(f"/trades/{shown['id']}/").json()


FRESH = {
    "proposer": "alice",
    "recipient": "bob",
    "status": "pending",
    "version": 1,
    "proposer_offers_value": "7.50",
    "proposer_wants_value": "20.00",
    "proposer_adds_cash": "5.00",
    "recipient_adds_cash": "0.00",
    "proposer_total": "12.50",
    "recipient_total": "20.00",
    "message": "Would you?",
    "decline_reason": "",
    "cancel_reason": "",
    "parent_proposal": None,
    "counter_proposal": None,
    "counter_count": 0,
    "completion_method": "mail",
    "expires_in_days": 7,
    "allowed": ["cancel", "extend"],
    "viewed_at": None,
    "accepted_at": None,
    "completed_at": None,
    "closed_at": None,
}


def test_a_gift_and_a_declared_price(alice_api, bob, alice):
    unpriced = HoldingFactory(owner=alice)
    lines = [{"holding": unpriced.pk, "quantity": 2, "declared_price": "3.00"}]
    item = alice_api.post("/trades/", {"recipient": "BOB", "proposer_offers": lines}).json()[
        "proposer_offers"
    ][0]
    assert (item["unit_price"], item["declared"], item["value"]) == ("3.00", True, "6.00")
    assert (item["price_as_of"], item["price_source"]) == (None, "")


def test_prices_and_copies_stay_as_they_were_at_sending(alice_api, offer, bolt):
    set_price(bolt.card, "nonfoil", "9.00")
    shown = alice_api.get(f"/trades/{offer.pk}/").json()
    assert (shown["proposer_offers"][0]["unit_price"], shown["proposer_offers_value"]) == ("2.50", "7.50")


def test_the_recipients_first_look_marks_it_viewed(alice_api, bob_api, offer):
    path = f"/trades/{offer.pk}/"
    assert alice_api.get(path).json()["status"] == "pending"
    assert bob_api.get(path, peek=1).json()["status"] == "pending"
    assert kinds(offer) == [("sent", "alice", 1)]

    seen = bob_api.get(path)
    assert (seen.json()["status"], seen.json()["version"], seen["ETag"]) == ("viewed", 1, '"1"')
    assert seen.json()["viewed_at"] is not None
    assert seen.json()["allowed"] == ["accept", "counter", "decline"]
    bob_api.get(path)
    assert kinds(offer) == [("sent", "alice", 1), ("viewed", "bob", 1)]


def test_accept_and_confirm_twice(alice_api, bob_api, offer):
    path = f"/trades/{offer.pk}/"
    accepted = bob_api.patch(path, {"status": "accepted"})
    assert (accepted.status_code, accepted.json()["status"], accepted["ETag"]) == (200, "accepted", '"2"')
    assert accepted.json()["sends_first"] == "alice"
    assert accepted.json()["allowed"] == ["cancel", "confirm"]

    notes = {"completion_method": "in_person", "completion_notes": "At the shop"}
    first = alice_api.post(f"{path}complete/", notes)
    assert (first.status_code, first.json()["status"]) == (200, "accepted")
    assert first.json()["allowed"] == ["cancel"]
    second = bob_api.post(f"{path}complete/")
    assert (second.status_code, second.json()["status"], second.json()["version"]) == (200, "completed", 5)
    assert (second.json()["completion_method"], second.json()["completion_notes"]) == (
        "in_person",
        "At the shop",
    )
    assert second.json()["allowed"] == []


def test_decline_with_a_reason(alice_api, bob_api, offer):
    refusal = {"status": "declined", "decline_reason": "Not my Opals", "declined_for_good": True}
    declined = bob_api.patch(f"/trades/{offer.pk}/", refusal).json()
    assert (declined["status"], declined["decline_reason"]) == ("declined", "Not my Opals")
    assert alice_api.get(f"/trades/{offer.pk}/").json()["declined_for_good"] is True


def test_counter_answers_with_the_child(alice_api, bob_api, offer, bolt, mox):
    counter = {
        "proposer_offers": [{"holding": mox.pk, "quantity": 1}],
        "proposer_wants": [{"holding": bolt.pk, "quantity": 4}],
        "recipient_adds_cash": "6.00",
    }
    response = bob_api.patch(f"/trades/{offer.pk}/", {"status": "countered", "counter": counter})

    parent, child = response.json(), response.json()["counter_proposal"]
    assert (response.status_code, parent["status"], parent["version"]) == (200, "countered", 2)
    assert (child["proposer"], child["recipient"], child["status"]) == ("bob", "alice", "pending")
    assert (child["parent_proposal"], child["counter_count"]) == (offer.pk, 1)
    assert (child["recipient_adds_cash"], child["counter_proposal"]) == ("6.00", None)
    assert [i["name"] for i in child["proposer_offers"]] == ["Mox Opal"]
    own = bob_api.get(f"/trades/{child['id']}/").json()
    assert own == child
    listed = alice_api.get("/trades/", status="countered").json()["results"][0]
    assert listed["counter_proposal"] == {"id": child["id"], "status": "pending", "version": 1}


def test_a_counters_faults_point_into_the_counter(bob_api, offer, mox):
    counter = {"proposer_offers": [{"holding": mox.pk, "quantity": 3}]}
    response = bob_api.patch(f"/trades/{offer.pk}/", {"status": "countered", "counter": counter})
    assert response.status_code == 400
    pointers = [(e["pointer"], e["code"]) for e in response.json()["errors"]]
    assert pointers == [("/counter/proposer_offers/0/quantity", "more_than_for_trade")]


def test_cancel_by_patch_and_by_delete_are_the_same(alice_api, bob, alice, terms):
    from trades.services import create_proposal

    one, other = (create_proposal(by=alice, recipient="bob", terms=terms) for _ in range(2))
    patched = alice_api.patch(f"/trades/{one.pk}/", {"status": "cancelled", "cancel_reason": "Sold"})
    deleted = alice_api.delete(f"/trades/{other.pk}/", {"reason": "Sold"})
    assert (patched.status_code, deleted.status_code) == (200, 200)
    for response in (patched, deleted):
        assert (response.json()["status"], response.json()["cancel_reason"]) == ("cancelled", "Sold")


def test_an_open_offer_is_taken_back_without_a_body(alice_api, offer):
    assert alice_api.delete(f"/trades/{offer.pk}/").json()["status"] == "cancelled"


@pytest.mark.parametrize(
    ("send", "pointer"),
    [
        (lambda api, path: api.delete(path), "/reason"),
        (lambda api, path: api.patch(path, {"status": "cancelled"}), "/cancel_reason"),
    ],
)
def test_calling_off_needs_a_reason(alice_api, bob, offer, send, pointer):
    accept_proposal(proposal_id=offer.pk, by=bob)
    response = send(alice_api, f"/trades/{offer.pk}/")
    assert response.status_code == 400
    assert [(e["pointer"], e["code"]) for e in response.json()["errors"]] == [(pointer, "reason_required")]
    assert alice_api.get(f"/trades/{offer.pk}/").json()["status"] == "accepted"


def test_asking_to_call_off_waits_for_the_other_side(alice_api, bob_api, bob, offer):
    accept_proposal(proposal_id=offer.pk, by=bob)
    asked = alice_api.delete(f"/trades/{offer.pk}/", {"reason": "Lost one", "ask": True}).json()
    assert (asked["status"], asked["cancel_requested_by"]) == ("accepted", "alice")
    agreed = bob_api.delete(f"/trades/{offer.pk}/", {"reason": "Fine"}).json()
    assert agreed["status"] == "cancelled"


def test_missing_copies_are_named_by_their_line(bob_api, charlie_api, alice, bob, charlie, terms, offer):
    from trades.services import create_proposal

    rival = create_proposal(by=alice, recipient="bob", terms=terms)
    accept_proposal(proposal_id=rival.pk, by=bob)
    response = bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"})
    assert (response.status_code, response.json()["code"]) == (409, "missing_copies")
    assert [(e["pointer"], e["detail"]) for e in response.json()["errors"]] == [
        ("/proposer_offers/0/holding", "1 of 3 left.")
    ]


class TestDrafts:
    def test_a_draft_is_its_proposers_alone(self, alice_api, bob_api, charlie_api, draft):
        assert alice_api.get(f"/trades/{draft.pk}/").json()["status"] == "draft"
        assert alice_api.get(f"/trades/{draft.pk}/").json()["allowed"] == ["cancel", "send"]
        assert bob_api.get(f"/trades/{draft.pk}/").status_code == 404
        assert charlie_api.get(f"/trades/{draft.pk}/").status_code == 404
        assert bob_api.get("/trades/").json()["results"] == []
        assert kinds(draft) == []

    def test_a_discarded_draft_stays_hidden(self, alice_api, bob_api, draft):
        assert alice_api.delete(f"/trades/{draft.pk}/").json()["status"] == "cancelled"
        assert bob_api.get(f"/trades/{draft.pk}/").status_code == 404

    def test_a_draft_asks_nothing_of_the_binder_of_who_blocked(self, alice_api, bob, draft):
        new = HoldingFactory(owner=bob, price="1.00", quantity=3)
        probe = {"proposer_wants": [{"holding": new.pk, "quantity": 9}]}
        path = f"/trades/{draft.pk}/"
        assert alice_api.patch(path, probe).json()["code"] == "more_than_for_trade"
        block_user(username="alice", by=bob)
        refusal = alice_api.patch(path, probe)
        assert (refusal.status_code, refusal.json()["code"]) == (400, "unknown_recipient")
        assert alice_api.delete(path).json()["status"] == "cancelled"

    def test_made_edited_and_sent(self, alice_api, bob_api, bob, body, mox):
        made = alice_api.post("/trades/", {**body, "draft": True}).json()
        assert (made["status"], made["expires_at"]) == ("draft", None)
        path = f"/trades/{made['id']}/"

        changes = {"proposer_adds_cash": "0", "proposer_wants": [{"holding": mox.pk, "quantity": 2}]}
        edited = alice_api.patch(path, changes).json()
        assert (edited["version"], edited["proposer_adds_cash"], edited["message"]) == (
            2,
            "0.00",
            "Would you?",
        )
        assert (edited["proposer_offers_value"], edited["proposer_wants_value"]) == ("7.50", "40.00")

        sent = alice_api.patch(path, {"status": "pending"}).json()
        assert sent["status"] == "pending"
        assert bob_api.get(path).json()["status"] == "viewed"

    def test_an_edit_must_say_something(self, alice_api, draft):
        response = alice_api.patch(f"/trades/{draft.pk}/", {})
        assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "nothing_to_change")

    def test_prices_are_frozen_when_it_is_sent(self, alice_api, draft, bolt):
        set_price(bolt.card, "nonfoil", "3.00")
        sent = alice_api.patch(f"/trades/{draft.pk}/", {"status": "pending"}).json()
        assert sent["proposer_offers_value"] == "9.00"


class TestVersions:
    def test_an_old_version_is_refused_and_nothing_changes(self, alice_api, bob_api, offer, bob):
        path = f"/trades/{offer.pk}/"
        for refused in (
            bob_api.patch(path, {"status": "accepted"}, version=7),
            bob_api.patch(path, {"status": "accepted"}, version="W/1"),
            alice_api.delete(path, version=2),
        ):
            assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
        assert TradeProposal.objects.get().status == Status.PENDING
        assert bob_api.patch(path, {"status": "accepted"}, version=1).status_code == 200
        assert bob_api.post(f"{path}complete/", version=1).status_code == 412
        assert bob_api.post(f"{path}complete/", version=2).status_code == 200
        assert alice_api.post(f"{path}complete/", version="*").status_code == 200

    def test_a_look_makes_no_new_version(self, alice_api, bob_api, offer):
        etag = alice_api.get(f"/trades/{offer.pk}/")["ETag"]
        bob_api.get(f"/trades/{offer.pk}/")
        assert bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}, version=etag).status_code == 200

    def test_a_draft_has_versions_too(self, alice_api, draft):
        path = f"/trades/{draft.pk}/"
        assert alice_api.patch(path, {"message": "one"}, version=1).status_code == 200
        assert alice_api.patch(path, {"message": "two"}, version=1).status_code == 412


class TestKeys:
    """The same key: the same answer, done once."""

    def test_post(self, alice_api, bob, body):
        first, second = (alice_api.post("/trades/", body, key="k") for _ in range(2))
        assert (first.status_code, first.content) == (201, second.content)
        assert TradeProposal.objects.count() == 1
        assert second["ETag"] == first["ETag"]
        other = alice_api.post("/trades/", {**body, "message": "Well?"}, key="k")
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")

    def test_patch_complete_and_delete(self, alice_api, bob_api, bob, offer, body):
        path = f"/trades/{offer.pk}/"
        accepts = [bob_api.patch(path, {"status": "accepted"}, key="a") for _ in range(2)]
        assert [r.status_code for r in accepts] == [200, 200]
        confirms = [bob_api.post(f"{path}complete/", key="c") for _ in range(2)]
        assert [r.json()["version"] for r in confirms] == [3, 3]
        made = alice_api.post("/trades/", {**body, "proposer_offers": []}).json()
        deletes = [alice_api.delete(f"/trades/{made['id']}/", key="d") for _ in range(2)]
        assert [(r.status_code, r.json()["version"]) for r in deletes] == [(200, 2), (200, 2)]
        assert alice_api.delete(f"/trades/{made['id']}/").status_code == 409
        assert [kind for kind, _actor, _version in kinds(offer)] == ["sent", "accepted", "confirmed"]

    def test_a_refusal_is_replayed_too(self, bob_api, offer):
        path = f"/trades/{offer.pk}/"
        refused = bob_api.patch(path, {"status": "pending"}, key="a")
        assert refused.status_code == 403
        again = bob_api.patch(path, {"status": "pending"}, key="a")
        assert (again.status_code, again.content) == (403, refused.content)
        assert again["Content-Type"] == "application/problem+json"


def test_a_reading_token_writes_nothing(alice, bob, body, offer):
    from tests.api import Program

    reader = Program(alice, scopes=["read"])
    assert reader.get(f"/trades/{offer.pk}/").status_code == 200
    for refused in (
        reader.post("/trades/", body),
        reader.patch(f"/trades/{offer.pk}/", {"status": "cancelled"}),
        reader.delete(f"/trades/{offer.pk}/"),
        reader.post(f"/trades/{offer.pk}/complete/"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert TradeEvent.objects.count() == 1


def test_a_reading_token_of_the_recipient_still_marks_it_viewed(bob, offer):
    from tests.api import Program

    assert Program(bob, scopes=["read"]).get(f"/trades/{offer.pk}/").json()["status"] == "viewed"
