"""Conversations in the admin: moderators read what was edited and deleted; nobody changes it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import create_trader
from messaging.services import delete_message, edit_message, open_conversation, send_message
from moderation.services import grant_moderators
from tests.conftest import page_of
from tests.factories import UserFactory
from tests.messaging.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def mod_page(db) -> Client:
    moderator = create_trader(username="mod", email="mod@example.com", password=None, is_moderator=True)
    grant_moderators()
    return page_of(User.objects.get(pk=moderator.pk))


@pytest.fixture
def address(chat, alice, say) -> str:
    """One conversation with an edited and a deleted message."""
    edited = say(alice, "Cheap bolts <b>here</b>")
    edit_message(message_id=edited.pk, by=alice, content="Bolts")
    delete_message(message_id=say(alice, "Pay me outside").pk, by=alice)
    return f"/admin/messaging/conversation/{chat.pk}/change/"


def test_moderators_read_what_was_edited_and_deleted(address, mod_page, offer):
    assert address in mod_page.get("/admin/messaging/conversation/?q=alice").content.decode()
    shown = mod_page.get(address).content.decode()
    for words in ("Bolts", "Cheap bolts &lt;b&gt;here&lt;/b&gt;", "Pay me outside", "[sent]"):
        assert words in shown
    assert "<b>here" not in shown


def test_it_costs_the_same_however_long_it_is(address, mod_page, alice, bob, say):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert mod_page.get(address).status_code == 200
        return len(captured)

    queries()  # what a process looks up once
    before = queries()
    for _ in range(5):
        edit_message(message_id=say(bob).pk, by=bob, content="Ho")
    assert queries() == before


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_nothing_is_added_or_deleted(path, address, mod_page, chat):
    assert mod_page.get(f"/admin/messaging/conversation/{path.format(pk=chat.pk)}").status_code == 403


def test_nothing_is_changed(address, mod_page, chat):
    before = all_rows()
    assert mod_page.post(address, {"preview": "Mine now"}).status_code == 403
    mod_page.post(
        "/admin/messaging/conversation/", {"action": "delete_selected", "_selected_action": [chat.pk]}
    )
    assert all_rows() == before


def test_ones_own_are_not_for_oneself_to_review(mod_page, alice, bob):
    mod = User.objects.get(username="mod")
    for other, words in ((mod, "Taken back"), (bob, "Another secret")):
        pk = open_conversation(username=other.username, by=alice)[0].pk
        sent, _is_new = send_message(conversation_id=pk, by=alice, client_id=words[:5], content=words)
        delete_message(message_id=sent.pk, by=alice)
        shown = mod_page.get(f"/admin/messaging/conversation/{pk}/change/", follow=True).content.decode()
        assert (words in shown) == (other == bob)


def test_no_one_else_comes_in(address, alice_page):
    assert alice_page.get(address).status_code == 302
    staff = page_of(UserFactory(is_staff=True))
    assert staff.get(address).status_code == 403
