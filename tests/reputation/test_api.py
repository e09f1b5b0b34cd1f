"""Reviews and scores over HTTP: shapes, who sees what and when, bad input, nothing left behind."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from accounts.models import Scope
from accounts.services import block_user
from core.clock import clock_moved
from notifications.models import Notification
from reputation.models import CompletedTrade, TradeReview
from reputation.services import hide_review, recalculate, submit_review
from tests.api import Program
from tests.reputation.conftest import GOOD
from trades.models import TradeEvent

pytestmark = pytest.mark.django_db

NO_RATINGS: list[Any] = [0, 6, -1, 4.5, 5.0, "5", None, True, [], 2**63]
BODY = {"overall_rating": 5, "packaging_rating": 4, "comment": "Flat as a board."}


def code(response):
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, response.json()["code"]


def rows():
    return [
        list(m.objects.order_by("pk").values())
        for m in (TradeReview, CompletedTrade, Notification, TradeEvent)
    ]


@pytest.fixture
def path(done):
    return f"/trades/{done.pk}/review/"


@pytest.fixture
def both(path, alice_api, bob_api):
    """The ids of alice's review and of bob's, open."""
    return [api.put(path, BODY).json()["id"] for api in (alice_api, bob_api)]


class TestOfATrade:
    def test_sealed_then_open(self, path, done, alice_api, bob_api):
        mine = alice_api.put(path, BODY).json()
        assert mine | {"id": 0, "created_at": "", "updated_at": "", "seal": ""} == {
            "id": 0,
            "trade": done.pk,
            "reviewer": "alice",
            "reviewee": "bob",
            "overall_rating": 5,
            "communication_rating": None,
            "packaging_rating": 4,
            "accuracy_rating": None,
            "speed_rating": None,
            "comment": "Flat as a board.",
            "reply": "",
            "replied_at": None,
            "created_at": "",
            "updated_at": "",
            "revealed_at": None,
            "seal": "",
            "is_hidden": False,
            "hidden_reason": "",
        }
        assert len(mine["seal"]) == 64
        assert alice_api.get(path).json()["yours"] == mine
        sealed = bob_api.get(path).json()
        bob_api.put(path, BODY)
        opened = bob_api.get(path).json()
        assert (sealed["theirs"], sealed["is_open"]) == (None, True)
        assert (opened["theirs"]["id"], opened["is_open"]) == (mine["id"], False)
        assert "seal" not in opened["theirs"]

    def test_a_stranger_is_told_the_same_as_of_no_trade(self, path, alice_api, charlie_api, nobody_api):
        assert alice_api.get(path).status_code == 200
        assert nobody_api.get(path).status_code == 401
        for answer in (charlie_api.get(path), charlie_api.put(path, BODY)):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_only_of_a_completed_trade(self, swapped, alice_api):
        path = f"/trades/{swapped(confirmed=False).pk}/review/"
        assert code(alice_api.put(path, BODY)) == (409, "not_completed")
        assert alice_api.get(path).status_code == 404

    def test_the_window_and_the_reveal_close_it(self, path, alice_api, bob_api):
        with clock_moved(timedelta(days=14)):
            assert code(alice_api.put(path, BODY)) == (409, "window_over")
        alice_api.put(path, BODY)
        bob_api.put(path, BODY)
        before = rows()
        assert code(alice_api.put(path, BODY | {"overall_rating": 1})) == (409, "revealed")
        assert rows() == before

    def test_scopes(self, path, alice):
        assert code(Program(alice, [Scope.READ]).put(path, BODY)) == (403, "insufficient_scope")
        assert code(Program(alice, [Scope.BINDER]).get(path)) == (403, "insufficient_scope")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        *[({"overall_rating": rating}, "/overall_rating") for rating in NO_RATINGS],
        *[({"speed_rating": rating}, "/speed_rating") for rating in (0, 6, 4.5, "5", False)],
        ({"comment": "x" * 2_001}, "/comment"),
        ({"comment": None}, "/comment"),
        ({"comment": 5}, "/comment"),
        ({"reviewee": "charlie"}, "/reviewee"),
        ({"reviewer": "charlie"}, "/reviewer"),
        ({"is_hidden": True}, "/is_hidden"),
        ({"created_at": "2026-01-01T00:00:00Z"}, "/created_at"),
        ({"weight": 5}, "/weight"),
        ({"seal": "0" * 64}, "/seal"),
        ({"reply": "Thanks to me."}, "/reply"),
    ],
)
def test_bad_bodies(path, alice_api, change, pointer):
    before = rows()
    answer = alice_api.put(path, BODY | change)
    assert code(answer) == (400, "invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert rows() == before


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"overall_rating": NaN}', b'{"overall_rating": 5, "overall_rating": 1}',
     b'{"overall_rating": 5, "comment": "\\u0000"}', b'{"overall_rating": 5, "comment": "\\ud800"}', b"[" * 5_000],
)  # fmt: skip
def test_bodies_that_are_none(path, alice_api, body):
    before = rows()
    assert alice_api.put(path, body).status_code == 400
    assert rows() == before


class TestReplies:
    def test_by_whom_it_is_about_once(self, both, bob_api):
        answer = bob_api.post(f"/reviews/{both[0]}/reply/", {"text": "Any time."})
        assert (answer.status_code, answer.json()["reply"]) == (201, "Any time.")
        assert code(bob_api.post(f"/reviews/{both[0]}/reply/", {"text": "Any time."})) == (
            409,
            "already_replied",
        )

    def test_the_same_key_is_one_reply(self, both, bob_api):
        answers = [bob_api.post(f"/reviews/{both[0]}/reply/", {"text": "Hi."}, key="k") for _ in range(2)]
        assert [a.status_code for a in answers] == [201, 201]

    def test_by_nobody_else(self, both, alice_api, charlie_api):
        for api in (alice_api, charlie_api):
            assert code(api.post(f"/reviews/{both[0]}/reply/", {"text": "Hm."})) == (403, "not_yours")

    @pytest.mark.parametrize(
        "body", [{}, {"text": ""}, {"text": "\u200b"}, {"text": "x" * 1_001}, {"text": 5}]
    )
    def test_bad_bodies(self, both, bob_api, body):
        assert code(bob_api.post(f"/reviews/{both[0]}/reply/", body)) == (400, "invalid")

    def test_sealed_hidden_and_unknown_are_the_same(self, path, both, swapped, alice, bob_api):
        assert bob_api.get(f"/reviews/{both[0]}/proof/").status_code == 200
        sealed = submit_review(proposal_id=swapped().pk, by=alice, ratings=GOOD).pk
        hide_review(review_id=both[0], reason="Extortion")
        answers = [
            bob_api.post(f"/reviews/{pk}/reply/", {"text": "?"}) for pk in (sealed, both[0], 2**70, 987_654)
        ]
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "not_found")}
        answers = [bob_api.get(f"/reviews/{pk}/proof/") for pk in (sealed, both[0], 2**70, 987_654)]
        assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "not_found")}


class TestProofs:
    def test_anybody_can_check_one(self, both, nobody_api):
        proof = nobody_api.get(f"/reviews/{both[0]}/proof/").json()
        salt, said = bytes.fromhex(proof["salt"]), proof["canonical_json"].encode()
        assert sha256(salt + said).hexdigest() == proof["seal"]
        assert proof["holds"] is True

    def test_one_that_was_changed_is_found_out(self, both, nobody_api):
        TradeReview.objects.filter(pk=both[0]).update(overall_rating=1)
        assert nobody_api.get(f"/reviews/{both[0]}/proof/").json()["holds"] is False

    def test_the_salt_is_not_even_its_authors_before(self, path, alice_api):
        review = alice_api.put(path, BODY).json()["id"]
        assert code(alice_api.get(f"/reviews/{review}/proof/")) == (409, "sealed")


class TestOfATrader:
    def test_figures_parts_and_the_next_tier(self, both, bob, nobody_api):
        found = nobody_api.get("/users/Bob/reputation/").json()
        assert (found["username"], found["figures"]["average_rating"]) == ("bob", "5.00")
        assert found["figures"]["total_trade_value"] == "20.00"
        assert found["next_tier"] == {
            "tier": "bronze", "score": 100, "partners": 2, "score_missing": 100 - found["parts"]["score"],
            "partners_missing": 1,
        }  # fmt: skip
        assert not {"blocks_received", "disputes_lost"} & set(found["figures"])
        assert found["parts"]["score"] == recalculate(user_id=bob.pk).reputation_score

    def test_reviews_and_history(self, both, bob, nobody_api):
        reviews = nobody_api.get("/users/bob/reviews/").json()["results"]
        assert [(r["id"], r["reviewer"], r["comment"]) for r in reviews] == [
            (both[0], "alice", "Flat as a board.")
        ]
        recalculate(user_id=bob.pk)
        with clock_moved(timedelta(days=60)):
            recalculate(user_id=bob.pk)
        scores = [
            point["score"] for point in nobody_api.get("/users/bob/reputation/history/").json()["results"]
        ]
        assert len(scores) == 2
        assert scores[0] < scores[1]

    def test_hidden_from_whom_they_blocked(self, both, bob, charlie_api):
        paths = [f"/users/bob/{name}/" for name in ("reputation", "reviews", "reputation/history")]
        assert [charlie_api.get(path).status_code for path in paths] == [200] * 3
        block_user(username="charlie", by=bob)
        assert [charlie_api.get(path).status_code for path in paths] == [404] * 3

    @pytest.mark.parametrize("count", [1, 3])
    def test_queries_of_the_list_do_not_grow(
        self, swapped, alice, bob, alice_api, count, django_assert_num_queries
    ):
        for _ in range(count):
            trade = swapped()
            for side in (alice, bob):
                submit_review(proposal_id=trade.pk, by=side, ratings=GOOD)
        with django_assert_num_queries(4):
            assert len(alice_api.get("/users/bob/reviews/").json()["results"]) == count
