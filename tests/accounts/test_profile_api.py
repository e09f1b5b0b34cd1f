"""`/me/`, `/users/…/` and blocks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Block, User
from accounts.signals import user_blocked
from core.clock import database_now
from tests.clients import Api, problem

pytestmark = pytest.mark.django_db


def test_me_tells_what_is_mine(alice: User) -> None:
    me = Api(alice).get("/me/").json()
    assert me["id"] == alice.pk
    assert me["email"] == "alice@example.com"
    assert me["email_verified"] is True
    assert me["trust_tier"] == "new"
    assert me["limits"]["open_offers_per_partner"]["limit"] == 5
    assert me["limits"]["unsettled_value"]["limit"] == "150.00"


def test_others_see_only_what_is_public(alice: User, bob: User) -> None:
    alice.bio = "Old frames only."
    alice.save()
    seen = Api(bob).get("/users/ALICE/").json()
    assert seen["bio"] == "Old frames only."
    assert {"email", "id", "time_zone", "limits", "shows_presence"}.isdisjoint(seen)


CHANGES = {
    "display_name": "Alice L.",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "bio": "hello",
    "vacation_until": "2030-01-31",
    "offers_from_countries": ["DE", "AT"],
    "offers_by": "mail",
    "offers_min_value": "5.00",
    "offers_min_tier": "bronze",
    "shows_receipts": False,
    "shows_typing": False,
    "shows_presence": False,
}


def test_a_profile_can_be_changed_as_a_whole(alice: User) -> None:
    client = Api(alice)
    answer = client.patch("/me/", CHANGES)
    assert {name: answer.json()[name] for name in CHANGES} == CHANGES
    assert {name: client.get("/me/").json()[name] for name in CHANGES} == CHANGES


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"country": "XX"}, ("/country", "invalid_choice")),
        ({"time_zone": "Mars/Base"}, ("/time_zone", "invalid")),
        ({"bio": "x" * 1001}, ("/bio", "max_length")),
        ({"bio": None}, ("/bio", "null")),
        ({"vacation_until": "tomorrow"}, ("/vacation_until", "invalid")),
        ({"offers_from_countries": ["DE", "??"]}, ("/offers_from_countries/1", "invalid_choice")),
        ({"offers_min_value": "-1"}, ("/offers_min_value", "invalid")),
        ({"offers_min_value": "1.001"}, ("/offers_min_value", "invalid")),
        ({"shows_typing": "yes"}, ("/shows_typing", "invalid")),
        ({"trust_tier": "diamond"}, ("/trust_tier", "unknown_key")),
        ({"username": "bob"}, ("/username", "unknown_key")),
        ({"email": "x@example.com"}, ("/email", "unknown_key")),
        ({"is_staff": True}, ("/is_staff", "unknown_key")),
    ],
)
def test_a_bad_change_changes_nothing(alice: User, body, fault) -> None:
    before = User.objects.values().get(pk=alice.pk)
    assert problem(Api(alice).patch("/me/", {"display_name": "New"} | body)) == (400, "invalid", [fault])
    after = User.objects.values().get(pk=alice.pk)
    before.pop("last_seen"), after.pop("last_seen")
    assert before == after


def test_a_block_hides_the_two_from_each_other(alice: User, bob: User, charlie: User) -> None:
    heard = []
    user_blocked.connect(
        lambda blocker, blocked, **_rest: heard.append((blocker, blocked)), weak=False, dispatch_uid="t"
    )
    try:
        for _again in range(2):
            assert Api(alice).put("/users/bob/block/").status_code == 204
    finally:
        user_blocked.disconnect(dispatch_uid="t")
    assert heard == [(alice, bob)]
    assert Block.objects.count() == 1
    assert problem(Api(bob).get("/users/alice/")) == (404, "not_found", [])
    assert problem(Api(alice).get("/users/bob/")) == (404, "not_found", [])
    assert Api(charlie).get("/users/alice/").status_code == 200
    assert Api(alice).delete("/users/bob/block/").status_code == 204
    assert Api(alice).delete("/users/bob/block/").status_code == 204
    assert Api(bob).get("/users/alice/").status_code == 200


def test_blocked_banned_closed_and_unknown_are_one_answer(alice: User, bob: User) -> None:
    User.objects.create_user("banned", "banned@example.com", banned_at=database_now())
    User.objects.create_user("closed", "closed@example.com", is_active=False)
    Block.objects.create(blocker=alice, blocked=bob)
    client = Api(bob)
    for call in (
        client.get,
        lambda path: client.put(path + "block/"),
        lambda path: client.delete(path + "block/"),
    ):
        answers = {
            call(f"/users/{name}/").content for name in ("alice", "banned", "closed", "nobody", "é", "a b")
        }
        assert len(answers) == 1
    assert Block.objects.count() == 1


def test_nobody_blocks_themselves(alice: User) -> None:
    assert problem(Api(alice).put("/users/alice/block/")) == (400, "self", [])


def test_a_profile_costs_the_same_however_many_blocks_there_are(
    alice: User, bob: User, charlie: User
) -> None:
    client = Api(charlie)
    client.get("/users/alice/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/users/alice/")
        counts.append(len(queries))
        Block.objects.create(blocker=bob, blocked=alice) if not Block.objects.exists() else None
    assert counts == [2, 2]


def test_limits_left_are_told(alice: User) -> None:
    limits = Api(alice).get("/me/").json()["limits"]
    assert limits["open_offers"] == {"limit": 5, "used": 0, "left": 5}
    assert limits["unsettled_value"] == {"limit": "150.00", "used": "0.00", "left": "150.00"}
    assert limits["longest_life"] == {"limit": 7, "used": None, "left": None}
