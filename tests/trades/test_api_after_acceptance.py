"""Parcels, addresses and disputes over HTTP: shapes, scopes, bad input, nothing left behind."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.addresses import Address, set_address
from accounts.models import IdempotencyKey, Scope
from core.clock import clock_moved
from tests.api import API, Program
from tests.trades.rows import all_rows
from tests.uploads.conftest import picture
from trades.models import Dispute, TradeProposal
from trades.services import answer_dispute, open_dispute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def code(response):
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, response.json()["code"]


def pointers(response):
    return [fault["pointer"] for fault in response.json()["errors"]]


class TestShipment:
    def test_sent_corrected_and_seen_by_the_other(self, trade, alice_api, bob_api):
        path = f"/trades/{trade.pk}/shipment/"
        assert alice_api.get(path).json() == {"yours": None, "theirs": None}
        first = alice_api.put(path, {"carrier": "Post", "tracking": "RR1"})
        assert first.status_code == 200, first.content
        assert first.json() | {"sent_at": "…"} == {
            "sender": "alice",
            "sent_at": "…",
            "paid_at": None,
            "carrier": "Post",
            "tracking": "RR1",
            "received_at": None,
            "delayed_at": None,
        }
        second = alice_api.put(path, {"tracking": "RR2"}).json()
        assert (second["carrier"], second["tracking"]) == ("", "RR2")
        assert bob_api.get(path).json() == {"yours": None, "theirs": second}
        delayed = bob_api.post(f"{path}delay/")
        assert (delayed.status_code, delayed.json()["delayed_at"] is None) == (200, False)

    def test_a_stranger_is_told_the_same_as_of_no_trade(self, trade, charlie_api, alice_api):
        assert alice_api.get(f"/trades/{trade.pk}/shipment/").status_code == 200
        for path in ("shipment/", "dispute/", "address/"):
            hidden = charlie_api.get(f"/trades/{trade.pk}/{path}")
            unknown = charlie_api.get(f"/trades/{trade.pk + 999}/{path}")
            assert (hidden.status_code, hidden.json()) == (404, unknown.json())

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"carrier": 5}, ["/carrier"]),
            ({"tracking": "x" * 101}, ["/tracking"]),
            ({"sent_at": "2026-01-01T00:00:00Z"}, ["/sent_at"]),
            ({"tracking": "\x00"}, ["/tracking"]),
            ([], [""]),
            (b"{", [""]),
        ],
    )
    def test_bad_input(self, trade, alice_api, body, where):
        before = all_rows()
        response = alice_api.put(f"/trades/{trade.pk}/shipment/", body)
        assert (response.status_code, pointers(response), all_rows()) == (400, where, before)

    def test_conflicts_and_versions(self, offer, trade, alice_api, bob_api):
        assert code(bob_api.post(f"/trades/{trade.pk}/shipment/delay/")) == (409, "not_sent")
        assert code(alice_api.put(f"/trades/{trade.pk}/shipment/", {}, version=1)) == (412, "stale_version")
        assert alice_api.put(f"/trades/{trade.pk}/shipment/", {}, version=trade.version).status_code == 200

    def test_reading_is_not_sending(self, trade, alice):
        reader = Program(alice, [Scope.READ])
        assert reader.get(f"/trades/{trade.pk}/shipment/").status_code == 200
        assert code(reader.put(f"/trades/{trade.pk}/shipment/", {})) == (403, "insufficient_scope")


class TestAddress:
    @pytest.fixture(autouse=True)
    def addresses(self, alice, bob):
        set_address(by=alice, address=Address("Alice", "1 Lane", "Oxford", "GB", postal_code="OX1"))
        set_address(by=bob, address=Address("Bob", "Gasse 3", "Wien", "AT", postal_code="1010"))

    def test_agree_agree_read(self, trade, alice_api, bob_api):
        path = f"/trades/{trade.pk}/address/"
        assert alice_api.post(path, key="k").json() == {"agreed": True, "partner_agreed": False}
        assert code(alice_api.get(path)) == (409, "not_agreed")
        assert bob_api.post(path, {}).json() == {"agreed": True, "partner_agreed": True}
        response = alice_api.get(path)
        assert response.json() == {
            "name": "Bob",
            "street": "Gasse 3",
            "more": "",
            "postal_code": "1010",
            "city": "Wien",
            "region": "",
            "country": "AT",
            "lines": ["Bob", "Gasse 3", "1010 Wien", "Austria"],
        }
        assert "no-store" in response["Cache-Control"]
        assert [b"Gasse" in bytes(kept.body) for kept in IdempotencyKey.objects.all()] == [False]

    def test_a_token_that_may_only_read_sees_none(self, trade, alice, alice_api, bob_api):
        path = f"/trades/{trade.pk}/address/"
        alice_api.post(path)
        bob_api.post(path)
        assert alice_api.get(path).status_code == 200
        assert code(Program(alice, [Scope.READ, Scope.BINDER, Scope.MESSAGE]).get(path)) == (
            403,
            "insufficient_scope",
        )

    def test_nobody_else(self, trade, alice_api, bob_api, charlie_api, nobody_api):
        path = f"/trades/{trade.pk}/address/"
        alice_api.post(path)
        bob_api.post(path)
        assert alice_api.get(path).status_code == 200
        assert (charlie_api.get(path).status_code, charlie_api.post(path).status_code) == (404, 404)
        assert nobody_api.get(path).status_code == 401


class TestDispute:
    @pytest.fixture
    def path(self, trade):
        return f"/trades/{trade.pk}/dispute/"

    def test_opened_answered_conceded(self, path, trade, alice_api, bob_api):
        assert alice_api.get(path).status_code == 404
        opened = bob_api.post(path, {"reason": "not_received", "text": "Five weeks."}, key="k1")
        assert opened.status_code == 201, opened.content
        again = bob_api.post(path, {"reason": "not_received", "text": "Five weeks."}, key="k1")
        assert (again.status_code, again.json()) == (201, opened.json())
        body = alice_api.get(path)
        assert body["ETag"] == f'"{trade.version + 1}"'
        assert body.json() | {"opened_at": "…"} == {
            "status": "open",
            "opened_by": "bob",
            "reason": "not_received",
            "text": "Five weeks.",
            "opened_at": "…",
            "answer": "",
            "answered_at": None,
            "photos": [],
            "ended_at": None,
            "outcome": "",
            "proposer_cards_arrived": None,
            "recipient_cards_arrived": None,
            "lost_by": None,
            "decision": "",
            "allowed": ["answer", "concede"],
        }
        assert opened.json()["allowed"] == ["withdraw"]
        assert code(alice_api.patch(path, {"answer": "Sent."}, version=1)) == (412, "stale_version")
        answered = alice_api.patch(path, {"answer": "Sent on Monday."}, version=trade.version + 1, key="k2")
        assert (answered.json()["status"], answered.json()["allowed"]) == ("under_review", ["concede"])
        conceded = alice_api.patch(path, {"concede": True}).json()
        assert (conceded["outcome"], conceded["lost_by"], conceded["allowed"]) == ("for_opener", "alice", [])
        assert TradeProposal.objects.get(pk=trade.pk).status == "completed"

    def test_withdrawn(self, path, alice_api, bob_api):
        bob_api.post(path, {"reason": "other", "text": "No word from alice."})
        assert code(alice_api.patch(path, {"withdraw": True})) == (403, "not_yours")
        assert bob_api.patch(path, {"withdraw": True}).json()["outcome"] == "withdrawn"
        assert code(bob_api.post(path, {"reason": "other", "text": "But now!"})) == (409, "already_disputed")

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({}, ["/reason", "/text"]),
            ({"reason": "greed", "text": "x"}, ["/reason"]),
            ({"reason": "other", "text": " \u200b"}, ["/text"]),
            ({"reason": "other", "text": "x" * 4_001}, ["/text"]),
            ({"reason": "other", "text": "x", "status": "resolved"}, ["/status"]),
            ({"reason": True, "text": 1}, ["/reason", "/text"]),
        ],
    )
    def test_bad_openings(self, path, bob_api, body, where):
        before = all_rows()
        response = bob_api.post(path, body)
        assert (response.status_code, pointers(response), all_rows()) == (400, where, before)

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({}, [""]),
            ([], [""]),
            ({"withdraw": False}, ["/withdraw"]),
            ({"withdraw": 1}, ["/withdraw"]),
            ({"concede": "true"}, ["/concede"]),
            ({"answer": ""}, ["/answer"]),
            ({"answer": "x", "concede": True}, ["/concede"]),
            ({"concede": True, "outcome": "for_other"}, ["/outcome"]),
            ({"outcome": "for_other"}, [""]),
        ],
    )
    def test_bad_changes(self, path, trade, bob, alice_api, body, where):
        open_dispute(proposal_id=trade.pk, by=bob, reason="other", text="x")
        before = all_rows()
        response = alice_api.patch(path, body)
        assert (response.status_code, pointers(response), all_rows()) == (400, where, before)

    def test_it_costs_the_same_with_and_without_photos(
        self, path, trade, bob, alice, bob_api, django_assert_num_queries
    ):
        open_dispute(proposal_id=trade.pk, by=bob, reason="other", text="x")
        answer_dispute(proposal_id=trade.pk, by=alice, text="y")
        bob_api.get(path)  # the token's first use is noted
        with django_assert_num_queries(3):
            bob_api.get(path)
        for _photo in range(3):
            self._send(bob_api, path)
        with django_assert_num_queries(3):
            assert len(bob_api.get(path).json()["photos"]) == 3

    def _send(self, program, path, content=None):
        file = SimpleUploadedFile("p.png", content or picture("PNG"))
        return program.client.post(f"{API}{path}photos/", {"photo": file}, headers=program.headers)

    def test_photos_by_id_or_as_a_file(self, path, trade, bob, alice_api, bob_api, charlie_api):
        assert self._send(bob_api, path).status_code == 404
        open_dispute(proposal_id=trade.pk, by=bob, reason="damaged", text="Look.")
        sent = bob_api.client.post(
            f"{API}/uploads/", {"photo": SimpleUploadedFile("p.jpg", picture())}, headers=bob_api.headers
        ).json()
        added = bob_api.post(f"{path}photos/", {"upload": sent["id"]})
        assert (added.status_code, added.json()) == (
            201,
            {"id": sent["id"], "url": sent["url"], "by": "bob"},
        )
        filed = self._send(alice_api, path)
        assert filed.status_code == 201, filed.content
        assert [photo["by"] for photo in bob_api.get(path).json()["photos"]] == ["bob", "alice"]
        photo = alice_api.client.get(sent["url"], headers=alice_api.headers)
        assert (photo.status_code, photo["Content-Type"]) == (200, "image/jpeg")
        assert charlie_api.client.get(sent["url"], headers=charlie_api.headers).status_code == 404

    def test_bad_photos_leave_nothing_behind(self, path, trade, bob, alice_api, bob_api, charlie_api):
        open_dispute(proposal_id=trade.pk, by=bob, reason="damaged", text="Look.")
        before = all_rows()
        assert code(bob_api.post(f"{path}photos/", b'{"upload": 1000000000000000000000}')) == (
            404,
            "not_found",
        )
        assert code(bob_api.post(f"{path}photos/", {"upload": "1"})) == (400, "invalid")
        assert code(bob_api.post(f"{path}photos/", {})) == (400, "invalid")
        assert code(self._send(bob_api, path, b"<svg/>")) == (415, "unsupported_image")
        assert code(self._send(charlie_api, path)) == (404, "not_found")
        assert all_rows() == before

    def test_reading_is_not_disputing(self, path, trade, alice):
        reader = Program(alice, [Scope.READ])
        assert code(reader.post(path, {"reason": "other", "text": "x"})) == (403, "insufficient_scope")
        assert Dispute.objects.count() == 0


def test_extending_over_http(offer, alice_api, bob_api):
    path = f"/trades/{offer.pk}/extend/"
    assert code(bob_api.post(path)) == (403, "not_yours")
    assert alice_api.get(f"/trades/{offer.pk}/").json()["allowed"] == ["cancel", "extend"]
    assert alice_api.post(path, key="k").status_code == 200
    assert code(alice_api.post(path)) == (409, "already_extended")
    assert alice_api.get(f"/trades/{offer.pk}/").json()["allowed"] == ["cancel"]


def test_it_is_too_late_to_extend_what_is_over(offer, alice_api):
    with clock_moved(timedelta(days=8)):
        assert code(alice_api.post(f"/trades/{offer.pk}/extend/")) == (409, "expired")
        assert alice_api.get(f"/trades/{offer.pk}/").json()["allowed"] == ["cancel"]


def test_the_schema_knows_it_all(client):
    paths = client.get("/api/schema/?format=json").json()["paths"]
    expected = {
        "/api/v1/trades/{id}/shipment/": {"get", "put"},
        "/api/v1/trades/{id}/shipment/delay/": {"post"},
        "/api/v1/trades/{id}/address/": {"get", "post"},
        "/api/v1/trades/{id}/dispute/": {"get", "post", "patch"},
        "/api/v1/trades/{id}/dispute/photos/": {"post"},
        "/api/v1/uploads/": {"post"},
        "/api/v1/uploads/{id}/": {"get"},
    }
    assert {path: set(paths[path]) - {"parameters"} for path in expected} == expected


def test_a_parcel_of_a_trade_that_is_not_mail_is_refused(trade, alice, alice_api):
    TradeProposal.objects.filter(pk=trade.pk).update(completion_method="in_person")
    assert code(alice_api.put(f"/trades/{trade.pk}/shipment/", {})) == (409, "in_person")
