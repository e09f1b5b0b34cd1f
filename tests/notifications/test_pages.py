"""The list behind the bell, and its number."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import Notification

pytestmark = pytest.mark.django_db
LIST, READ = "/notifications/", "/notifications/read/"


def unread(user):
    return Notification.objects.of(user).unread().count()


def text_of(response):
    return response.content.decode()


def badge_of(response):
    """The number beside the bell, None where it is hidden."""
    badge = re.search(r'<span [^>]*id="badge-notifications"([^>]*)>(\d+)', text_of(response))
    assert badge
    return None if "hidden" in badge[1] else badge[2]


def test_nothing_told_yet(alice_page):
    assert "All caught up" in text_of(alice_page.get(LIST))


def test_notices_about_one_thing_stand_together(alice, bob, alice_page, tell):
    tell(alice, "{actor} sent you an offer.", "trade:1", bob)
    tell(alice, "{actor} sent you an offer.", "trade:2", bob)
    tell(alice, "{actor} cancelled your trade.", "trade:1", bob)
    response = alice_page.get(LIST)
    lines = [[notice.line for notice in group.notices] for group in response.context["groups"]]
    assert lines == [
        ["bob cancelled your trade.", "bob sent you an offer."],
        ["bob sent you an offer."],
    ]
    assert "1 earlier" in text_of(response)


def test_a_stranger_sees_nothing(alice, bob, alice_page, charlie_page, tell):
    notice = tell(alice, actor=bob)
    assert "bob sent you" in text_of(alice_page.get(LIST))
    assert "bob sent you" not in text_of(charlie_page.get(LIST))
    assert charlie_page.get(f"/notifications/{notice.pk}/").status_code == 404
    for answer in ({"ids": notice.pk}, {"subject": "trade:1"}, {"all": "1"}):
        assert charlie_page.post(READ, answer).status_code == 303
    assert unread(alice) == 1


@pytest.mark.parametrize("address", [LIST, "/notifications/1/"])
def test_anonymous_is_asked_to_sign_in(db, address):
    response = Client().get(address)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")
    assert Client().post(READ, {"all": "1"}).status_code == 302


def test_opening_one_reads_all_about_it_and_goes_there(alice, alice_page, tell):
    tell(alice, subject="trade:1")
    tell(alice, subject="trade:2")
    newest = tell(alice, subject="trade:1", url="/rules/")
    response = alice_page.get(f"/notifications/{newest.pk}/")
    assert (response.status_code, response["Location"]) == (302, "/rules/")
    assert unread(alice) == 1


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"all": "1"}, 0),
        ({"subject": "trade:1"}, 1),
        ({"subject": "a\0b"}, 3),
        ({"ids": ["", "x", "9" * 30]}, 3),
        ({}, 3),
    ],
)
def test_marking_as_read(alice, alice_page, tell, answer, left):
    tell(alice, subject="trade:1")
    tell(alice, subject="trade:1")
    tell(alice, subject="")
    response = alice_page.post(READ, answer)
    assert (response.status_code, response["Location"]) == (303, LIST)
    assert unread(alice) == left


def test_marking_one_goes_back_to_where_it_was_pressed(alice, alice_page, tell):
    notice = tell(alice, subject="")
    response = alice_page.post(READ, {"ids": notice.pk, "next": "/home/"})
    assert (response["Location"], unread(alice)) == ("/home/", 0)


def test_reading_is_a_post(alice, alice_page, tell):
    tell(alice)
    assert alice_page.get(READ).status_code == 405
    assert alice_page.post("/notifications/1/").status_code == 405
    assert unread(alice) == 1


def test_the_badge_counts_what_is_unread(alice, bob, alice_page, tell):
    tell(alice, actor=bob)
    tell(alice, actor=bob)
    response = alice_page.get("/help/")
    assert response.context["unread_notifications"] == 2
    assert badge_of(response) == "2"
    alice_page.post(READ, {"all": "1"})
    assert badge_of(alice_page.get("/help/")) is None


def test_nobody_is_counted_for_anonymous(alice, tell, django_assert_num_queries):
    tell(alice)
    with django_assert_num_queries(0):
        assert Client().get("/help/").status_code == 200


def test_the_list_costs_the_same_for_any_number(alice, bob, alice_page, tell):
    counts = []
    for number in (1, 2, 57):
        for _ in range(number):
            tell(alice, subject=f"trade:{Notification.objects.count()}", actor=bob)
        alice_page.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            alice_page.get(LIST)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 12


def test_the_list_has_pages(alice, alice_page, tell):
    for number in range(41):
        tell(alice, subject=f"trade:{number}")
    first = alice_page.get(LIST)
    assert len(first.context["groups"]) == 40
    second = alice_page.get(LIST, {"page": first.context["page"].next})
    assert len(second.context["groups"]) == 1
    assert alice_page.get(LIST, {"page": "bent"}).status_code == 404
