"""Charlie sees nothing of alice and bob; whom somebody has blocked learns nothing, not even that."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Block, User
from accounts.services import block_user, create_trader
from core.clock import database_now
from messaging.models import Conversation, Message
from messaging.services import delete_message
from moderation.services import grant_moderators
from tests.api import Program
from tests.messaging.rows import all_rows
from tests.uploads.conftest import own_media as own_media
from tests.uploads.conftest import picture
from trades.models import TradeProposal
from trades.services import accept_proposal, cancel_trade, confirm_receipt, create_proposal, open_dispute
from trades.terms import Terms
from uploads.models import Upload
from uploads.services import keep_photo

pytestmark = pytest.mark.django_db

Calls = Callable[[Program], list[Any]]


def calls_on(conversation_id: int, message_id: int) -> dict[str, Callable[[Program], Any]]:
    """Every call that names a conversation or a message."""
    here = f"/conversations/{conversation_id}/"
    return {
        "look": lambda api: api.get(here),
        "sort": lambda api: api.patch(here, {"muted": True}),
        "messages": lambda api: api.get(f"{here}messages/"),
        "search": lambda api: api.get(f"{here}messages/", q="secret"),
        "write": lambda api: api.post(f"{here}messages/", {"client_id": "x", "content": "Hi"}),
        "events": lambda api: api.get(f"{here}events/", after=0),
        "read": lambda api: api.post(f"{here}read/", {"seq": 1}),
        "edit": lambda api: api.patch(f"/messages/{message_id}/", {"content": "Hi"}),
        "delete": lambda api: api.delete(f"/messages/{message_id}/"),
    }


class TestCharlie:
    def test_finds_nothing_where_there_is_something(self, say, chat, alice, alice_api, charlie_api):
        message = say(alice, "A secret")
        seen = {name: call(alice_api) for name, call in calls_on(chat.pk, message.pk).items()}
        assert {name: answer.status_code for name, answer in seen.items()} == {
            name: 201 if name == "write" else 200 for name in seen
        }
        before = all_rows()
        for name, call in calls_on(chat.pk, message.pk).items():
            hidden = call(charlie_api)
            unknown = calls_on(987_654_321, 987_654_321)[name](charlie_api)
            assert (hidden.status_code, hidden.content) == (404, unknown.content), name
        assert all_rows() == before

    def test_lists_and_searches_are_empty(self, say, alice, alice_api, charlie_api):
        say(alice, "A secret")
        for query in ({}, {"q": "secret"}, {"q": "bob"}):
            assert len(alice_api.get("/conversations/", **query).json()["results"]) == 1
            assert charlie_api.get("/conversations/", **query).json()["results"] == []

    def test_the_partners_message_is_seen_but_not_ones_own(self, say, alice, bob_api):
        message = say(alice, "Mine")
        before = all_rows()
        for answer in (
            bob_api.patch(f"/messages/{message.pk}/", {"content": "x"}),
            bob_api.delete(f"/messages/{message.pk}/"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
        assert all_rows() == before

    def test_nor_is_a_line_about_a_trade(self, offer, alice_api, bob_api):
        line = Message.objects.get()
        for api in (alice_api, bob_api):
            assert api.delete(f"/messages/{line.pk}/").json()["code"] == "not_yours"

    def test_nobody_is_not_let_in(self, say, chat, alice):
        message = say(alice)
        for call in (*calls_on(chat.pk, message.pk).values(), lambda api: api.get("/conversations/")):
            assert call(Program()).status_code == 401

    @pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
    def test_an_id_of_any_size_is_unknown(self, pk, alice_api, chat):
        for call in calls_on(pk, pk).values():
            assert call(alice_api).status_code == 404


def suspend(user: User) -> None:
    User.objects.filter(pk=user.pk).update(suspended_until=database_now() + timedelta(days=1))


def ban(user: User) -> None:
    User.objects.filter(pk=user.pk).update(banned_at=database_now())


def delete(user: User) -> None:
    User.objects.filter(pk=user.pk).update(deleted_at=database_now(), is_active=False, email="")


# What ends a conversation → how, for alice and bob.
ENDS: dict[str, Callable[[User, User], object]] = {
    "alice blocked bob": lambda alice, _bob: block_user(username="bob", by=alice),
    "bob blocked alice": lambda _alice, bob: block_user(username="alice", by=bob),
    "both": lambda alice, bob: (
        Block.objects.create(blocker=alice, blocked=bob),
        Block.objects.create(blocker=bob, blocked=alice),
    ),
    "bob is suspended": lambda _alice, bob: suspend(bob),
    "bob is banned": lambda _alice, bob: ban(bob),
    "bob is gone": lambda _alice, bob: delete(bob),
}


def parts_that_tell(api: Program, chat: Conversation) -> tuple[bytes, bytes, Any]:
    """What sending and editing answer, and the document without its times."""
    here = f"/conversations/{chat.pk}/"
    sent = api.post(f"{here}messages/", {"client_id": "late", "content": "Hi"})
    own = Message.objects.filter(sender__username="alice").latest("pk")
    edited = api.patch(f"/messages/{own.pk}/", {"content": "Changed"})
    assert (sent.status_code, edited.status_code) == (403, 403)
    return sent.content, edited.content, api.get(here).json()


class TestAClosedConversation:
    @pytest.fixture
    def told(self, say, alice, bob, chat, alice_api):
        """What alice is told where bob has blocked her."""
        User.objects.filter(pk=bob.pk).update(display_name="Bobby", trust_tier="gold")
        say(alice, "One")
        say(bob, "Two")

    @pytest.mark.parametrize("name", ENDS)
    def test_it_looks_the_same_whatever_closed_it(self, name, told, alice, bob, chat, alice_api):
        ENDS[name](alice, bob)
        before = all_rows()
        sent, edited, document = parts_that_tell(alice_api, chat)
        assert all_rows() == before
        assert sent == edited
        assert b'"code":"conversation_closed"' in sent
        assert b"This conversation takes no new messages." in sent
        assert document == {
            **document,
            "partner": {"username": "bob", "name": "bob", "tier": None},
            "partner_last_read_seq": None,
            "is_open": False,
            "unread": 1,
        }

    def test_both_sides_of_a_block_get_the_same_bytes(self, told, alice, chat, alice_api, bob_api):
        block_user(username="bob", by=alice)
        path = f"/conversations/{chat.pk}/messages/"
        answers = [api.post(path, {"client_id": "x", "content": "Hi"}) for api in (alice_api, bob_api)]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert answers[0].content == answers[1].content

    def test_what_was_said_stays_readable_for_both(self, told, alice, chat, alice_api, bob_api):
        block_user(username="bob", by=alice)
        for api in (alice_api, bob_api):
            rows = api.get(f"/conversations/{chat.pk}/messages/").json()["results"]
            assert [row["content"] for row in rows] == ["Two", "One"]
            assert len(api.get("/conversations/").json()["results"]) == 1

    def test_reading_tells_nothing_through_a_block(self, told, alice, chat, alice_api, bob_api):
        path = f"/conversations/{chat.pk}/"
        block_user(username="bob", by=alice)
        assert bob_api.post(f"{path}read/", {"seq": 2}).json()["last_read_seq"] == 2
        assert alice_api.get(path).json()["partner_last_read_seq"] is None
        rows = alice_api.get(f"{path}messages/").json()["results"]
        assert [row["read_at"] for row in rows] == [None, None]
        assert Message.objects.get(seq=1).read_at is not None

    def test_one_may_still_take_back_ones_words(self, told, bob, alice_api):
        block_user(username="alice", by=bob)
        own = Message.objects.get(seq=1)
        assert alice_api.delete(f"/messages/{own.pk}/").status_code == 200

    def test_a_replay_still_answers(self, told, bob, chat, alice_api):
        sent = Message.objects.get(seq=1)
        block_user(username="alice", by=bob)
        body = {"client_id": sent.client_id, "content": "One"}
        answer = alice_api.post(f"/conversations/{chat.pk}/messages/", body)
        assert (answer.status_code, answer.json()["seq"]) == (200, 1)
        other = alice_api.post(f"/conversations/{chat.pk}/messages/", {**body, "content": "Two"})
        assert other.status_code == 409


class TestAWayRoundABlock:
    """An accepted trade, or a dispute, goes on with its chat."""

    def is_open(self, api, chat):
        body = {"client_id": f"c{Message.objects.count()}", "content": "Where is my parcel?"}
        answer = api.post(f"/conversations/{chat.pk}/messages/", body)
        document = api.get(f"/conversations/{chat.pk}/").json()
        assert (answer.status_code == 201) == document["is_open"]
        return answer.status_code == 201

    @pytest.mark.parametrize("blocker", ["alice", "bob"])
    def test_while_it_is_accepted(self, blocker, alice, bob, chat, offer, alice_api, bob_api):
        accept_proposal(proposal_id=offer.pk, by=bob)
        partner = {"alice": "bob", "bob": "alice"}[blocker]
        block_user(username=partner, by={"alice": alice, "bob": bob}[blocker])
        assert self.is_open(alice_api, chat)
        assert self.is_open(bob_api, chat)
        cancel_trade(proposal_id=offer.pk, by=alice, reason="Lost them")
        assert not self.is_open(alice_api, chat)
        assert not self.is_open(bob_api, chat)

    def test_and_under_a_dispute(self, alice, bob, chat, alice_api, bob_api):
        gift = Terms(proposer_adds_cash=Decimal(1), completion_method="in_person")
        trade = create_proposal(by=alice, recipient="bob", terms=gift)
        accept_proposal(proposal_id=trade.pk, by=bob)
        for by in (alice, bob):
            confirm_receipt(proposal_id=trade.pk, by=by)
        block_user(username="bob", by=alice)
        assert not self.is_open(bob_api, chat)
        open_dispute(proposal_id=trade.pk, by=bob, reason="not_received", text="Nothing came.")
        assert self.is_open(bob_api, chat)
        assert self.is_open(alice_api, chat)

    def test_an_open_offer_is_no_bond(self, alice, chat, offer, bob_api):
        assert self.is_open(bob_api, chat)
        block_user(username="bob", by=alice)
        assert not self.is_open(bob_api, chat)

    def test_a_suspended_partner_is_not_written_to_even_then(self, bob, chat, offer, alice_api):
        accept_proposal(proposal_id=offer.pk, by=bob)
        suspend(bob)
        assert not self.is_open(alice_api, chat)


class TestOpening:
    def test_the_unknown_and_the_hidden_get_one_answer(self, alice, bob, charlie_api, charlie):
        unknown = charlie_api.post("/conversations/", {"with": "nobody"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
        block_user(username="charlie", by=alice)
        block_user(username="bob", by=charlie)
        ban(erin := User.objects.create(username="erin"))
        delete(frank := User.objects.create(username="frank"))
        suspend(grace := User.objects.create(username="grace"))
        for user in (alice, bob, erin, frank, grace):
            answer = charlie_api.post("/conversations/", {"with": user.username})
            assert (answer.status_code, answer.content) == (404, unknown.content), user.username
        assert not Conversation.objects.exists()

    def test_also_where_there_is_a_conversation(self, alice, chat, bob_api):
        assert bob_api.post("/conversations/", {"with": "alice"}).json()["id"] == chat.pk
        unknown = bob_api.post("/conversations/", {"with": "nobody"})
        block_user(username="bob", by=alice)
        assert bob_api.post("/conversations/", {"with": "alice"}).content == unknown.content

    def test_the_one_with_a_suspended_partner_is_still_found(self, bob, chat, alice_api):
        suspend(bob)
        answer = alice_api.post("/conversations/", {"with": "bob"})
        assert (answer.status_code, answer.json()["is_open"]) == (200, False)


class TestPhotos:
    @pytest.fixture
    def photo(self, alice) -> Upload:
        return keep_photo(by=alice, file=SimpleUploadedFile("p.jpg", picture()))

    def send(self, api, chat, photo, client_id="p"):
        body = {"client_id": client_id, "attachment_type": "image", "attachment_id": photo.pk}
        return api.post(f"/conversations/{chat.pk}/messages/", body)

    def look(self, user, photo, scopes=("read", "message")):
        return Program(user, list(scopes)).get(f"/uploads/{photo.pk}/").status_code

    @pytest.fixture
    def moderator(self, db) -> User:
        made = create_trader(username="mod", email="mod@example.com", password=None, is_moderator=True)
        grant_moderators()
        return made

    def test_it_is_locked_until_bronze_or_a_live_trade(self, alice, bob, chat, photo, alice_api):
        before = all_rows()
        refused = self.send(alice_api, chat, photo)
        assert (refused.status_code, refused.json()["code"]) == (403, "photos_locked")
        assert all_rows() == before
        User.objects.filter(pk=alice.pk).update(trust_tier="bronze")
        assert self.send(alice_api, chat, photo).status_code == 201

    def test_a_live_trade_unlocks_it_for_everyone(self, alice, bob, chat, offer, photo, alice_api):
        assert self.send(alice_api, chat, photo).json()["attachment"] == {
            "type": "image",
            "id": photo.pk,
            "url": f"/api/v1/uploads/{photo.pk}/",
            "name": "",
        }

    def test_it_is_served_to_the_two_and_to_moderators(
        self, alice, bob, charlie, moderator, chat, offer, photo, alice_api
    ):
        assert [self.look(user, photo) for user in (alice, bob, charlie, moderator)] == [200, 404, 404, 404]
        pk = self.send(alice_api, chat, photo).json()["id"]
        assert [self.look(user, photo) for user in (alice, bob, charlie, moderator)] == [200, 200, 404, 200]
        assert self.look(bob, photo, ("read", "trade", "binder")) == 403
        assert self.look(charlie, photo, ("read",)) == 404
        delete_message(message_id=pk, by=alice)
        assert [self.look(user, photo) for user in (bob, charlie, moderator)] == [404, 404, 200]
        bob.groups.add(*moderator.groups.all())
        assert self.look(User.objects.get(pk=bob.pk), photo) == 404  # not what was kept from him

    def test_it_is_used_once_and_is_ones_own(self, alice, bob, chat, offer, photo, alice_api, bob_api):
        stolen = self.send(bob_api, chat, photo)
        unknown = self.send(bob_api, chat, Upload(pk=987_654_321))
        assert (stolen.status_code, stolen.content) == (400, unknown.content)
        assert self.send(alice_api, chat, photo).status_code == 201
        assert self.send(alice_api, chat, photo).status_code == 200  # the same message again
        again = self.send(alice_api, chat, photo, client_id="p2")
        assert (again.status_code, again.json()["errors"][0]["pointer"]) == (409, "/attachment_id")
        assert Message.objects.filter(attachment_type="image").count() == 1

    def test_a_refused_message_leaves_the_photo_free(self, alice, bob, chat, offer, photo, alice_api):
        block_user(username="bob", by=alice)
        assert self.send(alice_api, chat, photo).status_code == 403
        photo.refresh_from_db()
        assert photo.use == ""


def test_a_strangers_trade_hangs_on_nothing(alice, bob, charlie, chat, offer, bob_api, charlie_api):
    """Nor does a draft, which is nobody's business but its proposer's."""
    gift = Terms(proposer_adds_cash=Decimal(1))
    others = create_proposal(by=bob, recipient="charlie", terms=gift)
    draft = create_proposal(by=alice, recipient="bob", terms=gift, draft=True)

    def attach(pk):
        body = {"client_id": f"t{pk}", "attachment_type": "trade_proposal", "attachment_id": pk}
        return bob_api.post(f"/conversations/{chat.pk}/messages/", body)

    assert attach(offer.pk).status_code == 201
    unknown = attach(987_654_321)
    assert unknown.status_code == 400
    for hidden in (others, draft):
        assert attach(hidden.pk).content == unknown.content
    assert TradeProposal.objects.count() == 3
