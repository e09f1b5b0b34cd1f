"""GET /api/v1/notifications/ and POST /api/v1/notifications/read/."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Notification

pytestmark = pytest.mark.django_db
LIST, READ = "/api/v1/notifications/", "/api/v1/notifications/read/"


def post(client, body):
    return client.post(READ, body, content_type="application/json")


def unread(user):
    return Notification.objects.of(user).unread().count()


def test_the_list(alice, bob, alice_page, tell):
    first = tell(alice, actor=bob)
    second = tell(alice, "An offer expired without an answer.", subject="")
    body = alice_page.get(LIST).json()
    assert (body["next"], body["previous"]) == (None, None)
    assert [row["id"] for row in body["results"]] == [second.pk, first.pk]
    assert body["results"][1] == {
        "id": first.pk,
        "category": "trades",
        "kind": "trade_sent",
        "subject": "trade:1",
        "actor": "bob",
        "text": "bob sent you an offer.",
        "url": "/help/",
        "created_at": first.created_at.isoformat().replace("+00:00", "Z"),
        "read_at": None,
    }
    assert body["results"][0]["actor"] is None


def test_marking_some_and_all(alice, alice_page, tell):
    ids = [tell(alice).pk for _ in range(3)]
    assert post(alice_page, {"ids": [ids[0], ids[0], 2**62]}).json() == {"unread": 2}
    assert post(alice_page, {"all": True}).json() == {"unread": 0}
    assert post(alice_page, {"all": True}).json() == {"unread": 0}
    assert alice_page.get(LIST).json()["results"][0]["read_at"] is not None


def test_a_stranger_sees_and_changes_nothing(alice, alice_page, charlie_page, tell):
    notice = tell(alice)
    assert len(alice_page.get(LIST).json()["results"]) == 1
    assert charlie_page.get(LIST).json()["results"] == []
    assert post(charlie_page, {"ids": [notice.pk]}).status_code == 200
    assert unread(alice) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": [0]},
        {"ids": [-1]},
        {"ids": ["1"]},
        {"ids": [1.0]},
        {"ids": [True]},
        {"ids": [None]},
        {"ids": 1},
        {"ids": list(range(1, 1002))},
        {"all": False},
        {"all": "true"},
        {"all": 1},
        {"all": True, "ids": [1]},
        {"all": True, "every": 1},
        [1],
    ],
)
def test_bad_bodies_change_nothing(alice, alice_page, tell, body):
    tell(alice)
    response = post(alice_page, body)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert unread(alice) == 1


def test_nobody_without_a_sign_in(db):
    assert Client().get(LIST).status_code == 401
    assert post(Client(), {"all": True}).status_code == 401


def test_the_list_costs_the_same_for_any_number(alice, bob, alice_page, tell):
    counts = []
    for number in (1, 49):
        for _ in range(number):
            tell(alice, actor=bob)
        alice_page.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            alice_page.get(LIST, {"page_size": 100})
        counts.append(len(queries))
    assert counts[0] == counts[1]
