"""Every wrong proposal that somebody may send: the right "no", in the one shape, and nothing has changed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from accounts.models import User
from accounts.services import block_user
from core.clock import clock_moved, database_now
from tests.api import Program
from tests.factories import HoldingFactory, UserFactory
from tests.trades.rows import all_rows
from trades.services import (
    accept_proposal,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def refused(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal, checked for its shape."""
    problem: dict[str, Any] = orjson.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), problem
    assert {"type", "title", "status", "detail", "code", "errors"} <= set(problem)
    assert problem["status"] == status
    assert problem["detail"]
    assert all(set(fault) == {"pointer", "code", "detail"} for fault in problem["errors"])
    if code is not None:
        assert problem["code"] == code
    return problem


def pointers(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]


# A change to a good body → the place and the reason of the only complaint.
WRONG_BODIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "oneself": ({"recipient": "alice"}, "/recipient", "recipient_is_you"),
    "oneself in capitals": ({"recipient": "ALICE"}, "/recipient", "recipient_is_you"),
    "nobody of that name": ({"recipient": "nobody"}, "/recipient", "unknown_recipient"),
    "no name": ({"recipient": ""}, "/recipient", "blank"),
    "a name that shows as nothing": ({"recipient": "\u200b"}, "/recipient", "blank"),
    "a number for a name": ({"recipient": 5}, "/recipient", "invalid"),
    "null for a name": ({"recipient": None}, "/recipient", "null"),
    "no recipient": ({"recipient": ...}, "/recipient", "required"),
    "nothing on the table": (
        {"proposer_offers": [], "proposer_wants": [], "proposer_adds_cash": "0"},
        "",
        "nothing_on_the_table",
    ),
    "no sides at all": (
        {"proposer_offers": ..., "proposer_wants": ..., "proposer_adds_cash": ...},
        "",
        "nothing_on_the_table",
    ),
    "cash NaN as a string": ({"proposer_adds_cash": "NaN"}, "/proposer_adds_cash", "invalid"),
    "cash Infinity as a string": ({"proposer_adds_cash": "Infinity"}, "/proposer_adds_cash", "invalid"),
    "cash -0.01": ({"proposer_adds_cash": "-0.01"}, "/proposer_adds_cash", "invalid"),
    "cash 0.001": ({"proposer_adds_cash": "0.001"}, "/proposer_adds_cash", "invalid"),
    "cash 100000000.00": ({"proposer_adds_cash": "100000000.00"}, "/proposer_adds_cash", "invalid"),
    "cash 1e3": ({"proposer_adds_cash": "1e3"}, "/proposer_adds_cash", "invalid"),
    "cash true": ({"proposer_adds_cash": True}, "/proposer_adds_cash", "invalid"),
    "cash null": ({"proposer_adds_cash": None}, "/proposer_adds_cash", "null"),
    "cash both ways": ({"recipient_adds_cash": "1"}, "/recipient_adds_cash", "cash_both_ways"),
    "a life of no day": ({"expires_in_days": 0}, "/expires_in_days", "min_value"),
    "a life of 15 days": ({"expires_in_days": 15}, "/expires_in_days", "max_value"),
    "a life until 9999": ({"expires_in_days": 2_912_000}, "/expires_in_days", "max_value"),
    "a life of 2**63 days": ({"expires_in_days": 2**63}, "/expires_in_days", "max_value"),
    "a life of 7.0 days": ({"expires_in_days": 7.0}, "/expires_in_days", "invalid"),
    "a date for a life": ({"expires_in_days": "9999-12-31"}, "/expires_in_days", "invalid"),
    "an expiry of one's own": ({"expires_at": "9999-12-31T00:00:00Z"}, "/expires_at", "unknown_key"),
    "a message too long": ({"message": "x" * 2_001}, "/message", "max_length"),
    "a list for a message": ({"message": []}, "/message", "invalid"),
    "carrier pigeon": ({"completion_method": "pigeon"}, "/completion_method", "invalid_choice"),
    "draft as a string": ({"draft": "true"}, "/draft", "invalid"),
    "a status": ({"status": "accepted"}, "/status", "unknown_key"),
    "a proposer": ({"proposer": "bob"}, "/proposer", "unknown_key"),
    "an id": ({"id": 1}, "/id", "unknown_key"),
    "a version": ({"version": 9}, "/version", "unknown_key"),
    "a parent": ({"parent_proposal": 1}, "/parent_proposal", "unknown_key"),
    "a side that is no list": ({"proposer_offers": {"holding": 1}}, "/proposer_offers", "not_a_list"),
    "a side of null": ({"proposer_offers": None}, "/proposer_offers", "null"),
    "a line that is no object": ({"proposer_offers": [7]}, "/proposer_offers/0", "invalid"),
    "a line without a holding": ({"proposer_offers": [{}]}, "/proposer_offers/0/holding", "required"),
    "101 lines": ({"proposer_wants": [{"holding": 1}] * 101}, "/proposer_wants", "max_length"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_a_wrong_body(name, alice_api, bob, body):
    change, pointer, code = WRONG_BODIES[name]
    wrong = {key: value for key, value in {**body, **change}.items() if value is not ...}
    before = all_rows()
    problem = refused(alice_api.post("/trades/", wrong), 400)
    assert (pointer, code) in pointers(problem)
    assert {p for p, _code in pointers(problem)} == {pointer}
    assert all_rows() == before


# A change to the first line of a good offer → the key and the reason of the complaint.
WRONG_LINES: dict[str, tuple[dict[str, Any], str, str]] = {
    "quantity 0": ({"quantity": 0}, "quantity", "min_value"),
    "quantity -1": ({"quantity": -1}, "quantity", "min_value"),
    "quantity 1.5": ({"quantity": 1.5}, "quantity", "invalid"),
    "quantity 1.0": ({"quantity": 1.0}, "quantity", "invalid"),
    "quantity true": ({"quantity": True}, "quantity", "invalid"),
    "quantity one": ({"quantity": "1"}, "quantity", "invalid"),
    "quantity null": ({"quantity": None}, "quantity", "null"),
    "quantity 2**63": ({"quantity": 2**63}, "quantity", "max_value"),
    "quantity 1000": ({"quantity": 1_000}, "quantity", "max_value"),
    "more than is for trade": ({"quantity": 5}, "quantity", "more_than_for_trade"),
    "holding 0": ({"holding": 0}, "holding", "min_value"),
    "holding -1": ({"holding": -1}, "holding", "min_value"),
    "holding 1.9": ({"holding": 1.9}, "holding", "invalid"),
    "holding true": ({"holding": True}, "holding", "invalid"),
    "holding as a string": ({"holding": "1"}, "holding", "invalid"),
    "holding 2**63": ({"holding": 2**63}, "holding", "unknown_holding"),
    "holding 2**200": ({"holding": 2**200}, "holding", "unknown_holding"),
    "holding 2**31": ({"holding": 2**31}, "holding", "unknown_holding"),
    "a price of its own": ({"unit_price": "900.00"}, "unit_price", "unknown_key"),
    "a declared price beside the market's": ({"declared_price": "9"}, "declared_price", "price_known"),
    "a declared price of -1": ({"declared_price": "-1"}, "declared_price", "invalid"),
    "a declared price of three decimals": ({"declared_price": 1.005}, "declared_price", "invalid"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_LINES)
def test_a_wrong_line(name, alice_api, bob, body):
    change, key, code = WRONG_LINES[name]
    wrong = orjson.loads(_json({**body, "proposer_offers": [{**body["proposer_offers"][0], **change}]}))
    assert wrong
    before = all_rows()
    raw = _json({**body, "proposer_offers": [{**body["proposer_offers"][0], **change}]})
    problem = refused(alice_api.post("/trades/", raw), 400)
    assert pointers(problem) == [(f"/proposer_offers/0/{key}", code)]
    assert all_rows() == before


def _json(body: Any) -> bytes:
    """As Python's own json: integers of any size."""
    import json

    return json.dumps(body).encode()


class TestWhoseCards:
    """The same words for an unknown row, somebody else's, and one that is not for trade."""

    @pytest.fixture(params=["a stranger's", "the partner's", "kept", "gone", "unknown"])
    def wrong(self, request, alice, charlie, mox) -> int:
        make: dict[str, Callable[[], int]] = {
            "a stranger's": lambda: HoldingFactory(owner=charlie).pk,
            "the partner's": lambda: mox.pk,
            "kept": lambda: HoldingFactory(owner=alice, for_trade=0).pk,
            "gone": lambda: HoldingFactory(owner=alice, quantity=0, is_hidden=True).pk,
            "unknown": lambda: 987_654_321,
        }
        return make[request.param]()

    def test_offered(self, alice_api, bob, body, wrong):
        before = all_rows()
        lines = {"proposer_offers": [{"holding": wrong}], "proposer_wants": []}
        problem = refused(alice_api.post("/trades/", {**body, **lines}), 400, "unknown_holding")
        assert problem["errors"] == [
            {
                "pointer": "/proposer_offers/0/holding",
                "code": "unknown_holding",
                "detail": "No such row is for trade there.",
            }
        ]
        assert all_rows() == before

    def test_my_own_card_wanted(self, alice_api, bob, body, bolt):
        before = all_rows()
        lines = {"proposer_offers": [], "proposer_wants": [{"holding": bolt.pk}]}
        problem = refused(alice_api.post("/trades/", {**body, **lines}), 400)
        assert pointers(problem) == [("/proposer_wants/0/holding", "unknown_holding")]
        assert all_rows() == before

    def test_one_row_twice(self, alice_api, bob, body, bolt):
        before = all_rows()
        twice = [{"holding": bolt.pk, "quantity": 1}, {"holding": bolt.pk, "quantity": 1}]
        problem = refused(alice_api.post("/trades/", {**body, "proposer_offers": twice}), 400)
        assert pointers(problem) == [("/proposer_offers/1/holding", "duplicate_holding")]
        assert all_rows() == before

    def test_one_row_on_both_sides(self, alice_api, bob, body, bolt):
        before = all_rows()
        problem = refused(alice_api.post("/trades/", {**body, "proposer_wants": [{"holding": bolt.pk}]}), 400)
        assert ("/proposer_wants/0/holding", "duplicate_holding") in pointers(problem)
        assert all_rows() == before


class TestWhomNobodyReaches:
    """Unknown, banned, suspended, gone, blocking and blocked: byte for byte one answer."""

    @pytest.fixture(params=["banned", "suspended", "deleted", "inactive", "blocks me", "blocked by me"])
    def bob_is(self, request, alice, bob, mox, bolt) -> str:
        now = database_now()
        match request.param:
            case "banned":
                User.objects.filter(pk=bob.pk).update(banned_at=now)
            case "suspended":
                User.objects.filter(pk=bob.pk).update(suspended_until=now + timedelta(days=1))
            case "deleted":
                User.objects.filter(pk=bob.pk).update(deleted_at=now)
            case "inactive":
                User.objects.filter(pk=bob.pk).update(is_active=False)
            case "blocks me":
                block_user(username="alice", by=bob)
            case "blocked by me":
                block_user(username="bob", by=alice)
        return str(request.param)

    def test_one_and_the_same_answer(self, alice_api, bob_is, body):
        before = all_rows()
        unknown = alice_api.post("/trades/", {**body, "recipient": "bobby"})
        hidden = alice_api.post("/trades/", body)
        refused(hidden, 400, "unknown_recipient")
        assert hidden.content == unknown.content
        assert all_rows() == before


# Bodies that are no JSON object at all, or not one that may be read.
RAW: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "invalid"),
    "an array": (b"[]", 400, "invalid"),
    "a string": (b'"bob"', 400, "invalid"),
    "null": (b"null", 400, "invalid"),
    "half of one": (b'{"recipient": "bob"', 400, "malformed"),
    "no UTF-8": (b'{"recipient": "\xff"}', 400, "malformed"),
    "5,000 brackets": (b"[" * 5_000 + b"]" * 5_000, 400, "malformed"),
    "33 levels": (b'{"message":' + b"[" * 33 + b"]" * 33 + b"}", 400, "malformed"),
    "one key twice": (b'{"recipient": "bob", "recipient": "charlie"}', 400, "malformed"),
    "one key of a line twice": (b'{"proposer_offers": [{"holding": 1, "holding": 2}]}', 400, "malformed"),
    "cash NaN": (b'{"recipient": "bob", "proposer_adds_cash": NaN}', 400, "malformed"),
    "cash Infinity": (b'{"recipient": "bob", "proposer_adds_cash": Infinity}', 400, "malformed"),
    "cash -Infinity": (b'{"recipient": "bob", "proposer_adds_cash": -Infinity}', 400, "malformed"),
    "cash 1e400": (b'{"recipient": "bob", "proposer_adds_cash": 1e400}', 400, "invalid"),
    "cash 0.001": (b'{"recipient": "bob", "proposer_adds_cash": 0.001}', 400, "invalid"),
    "cash -0.01": (b'{"recipient": "bob", "proposer_adds_cash": -0.01}', 400, "invalid"),
    "NUL": (rb'{"recipient": "bob", "proposer_adds_cash": "1", "message": "\u0000"}', 400, "malformed"),
    "a lone surrogate": (
        rb'{"recipient": "bob", "proposer_adds_cash": "1", "message": "\ud800"}',
        400,
        "malformed",
    ),
    "10 MB": (b'{"message": "' + b"x" * 10_000_000 + b'"}', 413, "too_large"),
    "just over 1 MiB": (b'{"message": "' + b"x" * 1024 * 1024 + b'"}', 413, "too_large"),
}


@pytest.mark.parametrize("name", RAW)
def test_a_raw_body(name, alice_api, bob_api, offer):
    raw, status, code = RAW[name]
    before = all_rows()
    refused(alice_api.post("/trades/", raw), status, code)
    if name != "nothing":
        refused(bob_api.patch(f"/trades/{offer.pk}/", raw), status, code)
        refused(alice_api.delete(f"/trades/{offer.pk}/", raw), status, code)
        refused(alice_api.post(f"/trades/{offer.pk}/complete/", raw), status, code)
    assert all_rows() == before


# A PATCH of a pending offer that is nothing which bob could mean → the complaint's place and reason.
WRONG_CHANGES: dict[str, tuple[Any, str, str]] = {
    "an unknown status": ({"status": "eaten"}, "/status", "invalid_choice"),
    "a status of the clock": ({"status": "expired"}, "/status", "invalid_choice"),
    "a status that comes by looking": ({"status": "viewed"}, "/status", "invalid_choice"),
    "a status that needs both": ({"status": "completed"}, "/status", "invalid_choice"),
    "a number": ({"status": 3}, "/status", "invalid_choice"),
    "a list": ({"status": ["accepted"]}, "/status", "invalid_choice"),
    "null": ({"status": None}, "/status", "null"),
    "accepting with words": ({"status": "accepted", "message": "Yes!"}, "/message", "unknown_key"),
    "accepting with a version": ({"status": "accepted", "version": 1}, "/version", "unknown_key"),
    "a reason too long": (
        {"status": "declined", "decline_reason": "x" * 501},
        "/decline_reason",
        "max_length",
    ),
    "a reason that is a number": ({"status": "declined", "decline_reason": 1}, "/decline_reason", "invalid"),
    "the other verb's reason": ({"status": "declined", "cancel_reason": "x"}, "/cancel_reason", "unknown_key"),
    "a counter without terms": ({"status": "countered"}, "/counter", "required"),
    "a counter to somebody else": (
        {"status": "countered", "counter": {"recipient": "charlie", "proposer_adds_cash": "1"}},
        "/counter/recipient",
        "unknown_key",
    ),
    "a counter of nothing": ({"status": "countered", "counter": {}}, "/counter", "nothing_on_the_table"),
    "a counter in draft": (
        {"status": "countered", "counter": {"draft": True, "proposer_adds_cash": "1"}},
        "/counter/draft",
        "unknown_key",
    ),
    "a counter with cash both ways": (
        {"status": "countered", "counter": {"proposer_adds_cash": "1", "recipient_adds_cash": "1"}},
        "/counter/recipient_adds_cash",
        "cash_both_ways",
    ),
    "nothing": ({}, "", "nothing_to_change"),
    "an edit of who it is for": ({"recipient": "charlie"}, "/recipient", "unknown_key"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CHANGES)
def test_a_wrong_change(name, bob_api, offer):
    change, pointer, code = WRONG_CHANGES[name]
    before = all_rows()
    problem = refused(bob_api.patch(f"/trades/{offer.pk}/", change), 400)
    assert pointers(problem) == [(pointer, code)]
    assert all_rows() == before


class TestWrongMoments:
    """A good body at the wrong time, or from the wrong side."""

    def refuse(self, call: Callable[[], Any], status: int, code: str | None = None) -> dict[str, Any]:
        before = all_rows()
        problem = refused(call(), status, code)
        assert all_rows() == before
        return problem

    def test_accept_by_the_proposer_and_by_a_stranger(self, alice_api, charlie_api, bob_api, offer):
        accept = {"status": "accepted"}
        self.refuse(lambda: alice_api.patch(f"/trades/{offer.pk}/", accept), 403, "not_yours")
        self.refuse(lambda: charlie_api.patch(f"/trades/{offer.pk}/", accept), 404, "not_found")
        self.refuse(lambda: bob_api.patch("/trades/123456789/", accept), 404, "not_found")
        self.refuse(lambda: bob_api.patch(f"/trades/{2**63}/", accept), 404, "not_found")
        self.refuse(lambda: bob_api.patch(f"/trades/{'9' * 5_000}/", accept), 404)

    def test_answers_after_the_time_though_no_job_ran(self, bob_api, offer, body):
        counter = {"proposer_offers": body["proposer_wants"]}
        with clock_moved(timedelta(days=7, seconds=1)):
            for answer in (
                {"status": "accepted"},
                {"status": "declined"},
                {"status": "countered", "counter": counter},
            ):
                self.refuse(lambda: bob_api.patch(f"/trades/{offer.pk}/", answer), 409, "expired")  # noqa: B023

    def test_accept_twice(self, bob, bob_api, offer):
        accepted = bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}, key="once")
        self.refuse(lambda: bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}), 409)
        before = all_rows()
        again = bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}, key="once")
        assert (again.status_code, again.content) == (200, accepted.content)
        assert all_rows() == before
        other = {"status": "declined"}
        self.refuse(lambda: bob_api.patch(f"/trades/{offer.pk}/", other, key="once"), 422, "key_reused")

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\x01b"])
    def test_a_key_that_is_none(self, alice_api, body, bob, key):
        self.refuse(lambda: alice_api.post("/trades/", body, key=key), 400, "invalid_key")

    def test_counter_of_ones_own_of_a_closed_and_of_a_countered(
        self, alice, bob, alice_api, bob_api, offer, terms, mox
    ):
        def counter(program: Program, pk: int) -> Any:
            terms = {"proposer_offers": [{"holding": mox.pk}]}
            return program.patch(f"/trades/{pk}/", {"status": "countered", "counter": terms})

        self.refuse(lambda: counter(alice_api, offer.pk), 409, "own_proposal")
        closed = create_proposal(by=alice, recipient="bob", terms=terms)
        decline_proposal(proposal_id=closed.pk, by=bob)
        self.refuse(lambda: counter(bob_api, closed.pk), 409, "wrong_status")
        counter_proposal(proposal_id=offer.pk, by=bob, terms=Terms(offers=(Line(mox.pk),)))
        self.refuse(lambda: counter(bob_api, offer.pk), 409, "wrong_status")

    def test_a_copy_that_is_promised_elsewhere(self, alice, bob, charlie, alice_api, bob_api, offer, bolt):
        gift = create_proposal(by=alice, recipient="charlie", terms=Terms(offers=(Line(bolt.pk, 2),)))
        accept_proposal(proposal_id=gift.pk, by=charlie)
        problem = self.refuse(
            lambda: bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}), 409, "missing_copies"
        )
        assert pointers(problem) == [("/proposer_offers/0/holding", "missing_copies")]
        assert problem["missing_holdings"] == [bolt.pk]
        lines = [{"holding": bolt.pk, "quantity": 3}]
        again = {"recipient": "bob", "proposer_offers": lines}
        problem = self.refuse(lambda: alice_api.post("/trades/", again), 409, "missing_copies")
        assert pointers(problem) == [("/proposer_offers/0/holding", "missing_copies")]

    def test_complete_before_accept_and_twice(self, alice, bob, alice_api, offer):
        path = f"/trades/{offer.pk}/complete/"
        self.refuse(lambda: alice_api.post(path), 409)
        accept_proposal(proposal_id=offer.pk, by=bob)
        confirm_receipt(proposal_id=offer.pk, by=alice)
        self.refuse(lambda: alice_api.post(path), 409, "already_confirmed")
        confirm_receipt(proposal_id=offer.pk, by=bob)
        self.refuse(lambda: alice_api.post(path), 409)

    def test_edit_after_sending(self, alice_api, offer):
        edit = {"proposer_adds_cash": "0"}
        self.refuse(lambda: alice_api.patch(f"/trades/{offer.pk}/", edit), 409, "wrong_status")
        self.refuse(lambda: alice_api.patch(f"/trades/{offer.pk}/", {"status": "pending"}), 409)

    def test_a_draft_that_can_no_longer_be_sent(self, alice, bob, alice_api, draft):
        block_user(username="alice", by=bob)
        self.refuse(
            lambda: alice_api.patch(f"/trades/{draft.pk}/", {"status": "pending"}), 400, "unknown_recipient"
        )

    def test_without_a_verified_address(self, bob, bolt):
        newcomer = UserFactory(username="dave", verified=False)
        program = Program(newcomer)
        body = {"recipient": "bob", "proposer_adds_cash": "1"}
        self.refuse(lambda: program.post("/trades/", body), 403, "email_not_verified")

    def test_while_restricted(self, alice, bob, alice_api, bob_api, offer, body):
        User.objects.all().update(restricted_until=database_now() + timedelta(days=1))
        self.refuse(lambda: alice_api.post("/trades/", body), 403, "restricted")
        self.refuse(lambda: bob_api.patch(f"/trades/{offer.pk}/", {"status": "accepted"}), 403, "restricted")
        assert bob_api.patch(f"/trades/{offer.pk}/", {"status": "declined"}).status_code == 200

    def test_a_method_that_is_not_there(self, alice_api, offer):
        self.refuse(lambda: alice_api.delete("/trades/"), 405)
        self.refuse(lambda: alice_api.post(f"/trades/{offer.pk}/"), 405)
        self.refuse(
            lambda: alice_api.client.put(f"/api/v1/trades/{offer.pk}/", headers=alice_api.headers), 405
        )

    def test_another_type_of_body(self, alice_api, offer):
        def send(kind: str) -> Any:
            return alice_api.client.generic(
                "POST", "/api/v1/trades/", b"recipient=bob", kind, headers=alice_api.headers
            )

        self.refuse(lambda: send("application/x-www-form-urlencoded"), 415)
        self.refuse(lambda: send("application/xml"), 415)
