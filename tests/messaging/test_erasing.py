"""An account that goes leaves numbers and times in its conversations, and none of its words."""

import pytest

from accounts.models import User
from core.clock import database_now
from messaging.models import Message, Revision
from messaging.services import delete_message, edit_message, erase_message_texts
from tests.messaging.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(alice, bob, say):
    """Bob: one; alice: two (edited), three, and four, which she took back."""
    say(bob, "one by bob")
    edited = say(alice, "two at first")
    edit_message(message_id=edited.pk, by=alice, content="two")
    say(alice, "three")
    delete_message(message_id=say(alice, "four").pk, by=alice)


def test_words_go_and_their_places_stay(said, alice, bob_api, chat):
    User.objects.filter(pk=alice.pk).update(deleted_at=database_now(), is_active=False, email="")
    assert erase_message_texts(user=alice) == 3
    assert list(Message.objects.values_list("content", flat=True)) == ["one by bob", "", "", ""]
    assert not Revision.objects.exists()
    path = f"/conversations/{chat.pk}/"
    document = bob_api.get(path).json()
    assert (document["preview"], document["unread"], document["last_seq"]) == ("one by bob", 0, 6)
    assert (document["is_open"], document["partner"]["tier"]) == (False, None)
    events = bob_api.get(f"{path}events/").json()["results"]
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    rows = bob_api.get(f"{path}messages/").json()["results"]
    assert [(row["content"], row["deleted_at"] is None) for row in rows] == [
        ("", False),
        ("", False),
        ("", False),
        ("one by bob", True),
    ]
    before = all_rows()
    assert erase_message_texts(user=alice) == 0
    assert all_rows() == before


def test_what_is_somebody_elses_stays(said, bob, alice_api, chat):
    erase_message_texts(user=bob)
    rows = alice_api.get(f"/conversations/{chat.pk}/messages/").json()["results"]
    assert [row["content"] for row in rows] == ["", "three", "two", ""]
    assert [earlier["content"] for earlier in rows[2]["revisions"]] == ["two at first"]
