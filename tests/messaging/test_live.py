"""Chat on the live socket: what is written, read and typed, to the two and to nobody else."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Scope, User
from accounts.services import block_user, update_profile
from messaging.models import Conversation, ConversationEvent, Message
from messaging.services import delete_message, edit_message, mark_read, open_conversation, send_message
from tests.clients import Api
from tests.sockets import (
    frame_of,
    heads_of,
    in_thread,
    no_connection_left,
    opened,
    opened_by_program,
    say,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]


@pytest.fixture
async def sockets(alice: User, bob: User, charlie: User, chat: Conversation):
    """Of alice, bob and charlie."""
    three = [await opened(user) for user in (alice, bob, charlie)]
    yield three
    for socket in three:
        await socket.disconnect()


def kinds(frames: list[dict]) -> list[str]:
    return [frame["type"] for frame in frames]


async def refusal_of(socket) -> tuple[str, str | None]:
    frame = await frame_of(socket)
    assert frame["type"] == "error"
    return frame["code"], frame["ref"]


async def test_the_echo_is_the_receipt_and_the_partner_gets_the_same(sockets, chat):
    hers, his, strangers = sockets
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi <b>bob</b>")
    echo = await frame_of(hers)
    assert (echo["type"], echo["conversation"], echo["seq"], echo["kind"], echo["client_id"]) == (
        "event",
        chat.pk,
        1,
        "created",
        "c1",
    )
    assert (echo["message"]["sender"], echo["message"]["content"]) == ("alice", "Hi <b>bob</b>")
    assert await frame_of(his, "event") == echo
    assert await strangers.receive_nothing(0.3)
    assert await heads_of(his) == {str(chat.pk): 1}


async def test_what_was_sent_before_comes_again_to_its_sender_alone(sockets, chat):
    hers, his, _strangers = sockets
    for _ in range(2):
        await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    first, again = await frame_of(hers), await frame_of(hers)
    assert first == again
    assert kinds(await told(his)).count("event") == 1
    assert await Message.objects.acount() == 1
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Something else")
    assert await refusal_of(hers) == ("client_id_reused", "c1")


async def test_changes_and_trades_come_by_the_same_log(sockets, chat, alice, offer):
    hers, his, strangers = sockets
    message, _is_new = await in_thread(send_message)(
        conversation_id=chat.pk, by=alice, client_id="c1", content="Hi"
    )
    await in_thread(edit_message)(message_id=message.pk, by=alice, content="Hello")
    await in_thread(delete_message)(message_id=message.pk, by=alice)
    for socket in (hers, his):
        frames = [f for f in await told(socket) if f["type"] == "event"]
        kept = [f for f in frames if f["seq"] > 1]
        assert [(f["seq"], f["kind"]) for f in kept] == [(2, "created"), (3, "edited"), (4, "deleted")]
        assert kept[-1]["message"]["content"] == ""
    assert await told(strangers) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"client_id": None}, "invalid"),
        ({"client_id": ""}, "invalid"),
        ({"client_id": "with space"}, "invalid"),
        ({"client_id": 7}, "invalid"),
        ({"client_id": "x" * 65}, "invalid"),
        ({"content": ""}, "invalid"),
        ({"content": " \u200b\u2800\n"}, "invalid"),
        ({"content": "x" * 4001}, "invalid"),
        ({"content": 7}, "invalid"),
        ({"content": "a\x00b"}, "malformed"),
        ({"content": "a\ud800b"}, "malformed"),
        ({"conversation": True}, "invalid"),
        ({"conversation": 1.0}, "invalid"),
        ({"conversation": "1"}, "invalid"),
        ({"conversation": -1}, "invalid"),
        ({"conversation": [1]}, "invalid"),
        ({"conversation": 2**63}, "not_found"),
        ({"conversation": 10**30}, "not_found"),
        ({"sender": "bob"}, "invalid"),
        ({"seq": 1}, "invalid"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "invalid"),
        ({"attachment_type": "card"}, "invalid"),
        ({"attachment_type": "card", "attachment_id": 2**62}, "invalid"),
        ({"attachment_type": "virus", "attachment_id": 1}, "invalid"),
        ({"attachment_type": "trade_proposal", "attachment_id": "1"}, "invalid"),
    ],
)
async def test_a_bad_message_gets_an_error_and_changes_nothing(sockets, chat, values, code):
    hers, his, _strangers = sockets
    await say(hers, "send", **{"conversation": chat.pk, "client_id": "c1", "content": "Hi", **values})
    assert (await refusal_of(hers))[0] == code
    assert [await told(hers), await told(his)] == [[], []]
    assert not await Message.objects.aexists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "send", "type": "send"}', "malformed"),
        ('{"type": "send"}', "invalid"),
        ('{"type": "typing"}', "invalid"),
        ('{"type": "typing", "conversation": 1, "user": "bob"}', "invalid"),
        ('{"type": "active", "conversation": null}', "invalid"),
        ('{"type": "event", "conversation": 1, "seq": 1}', "unknown_type"),
        ('{"type": "sync", "heads": []}', "invalid"),
        ('{"type": "sync", "heads": {"x": 1}}', "invalid"),
        ('{"type": "sync", "heads": {"٣": 1}}', "invalid"),
        ('{"type": "sync", "heads": {"1": "1"}}', "invalid"),
        ('{"type": "sync", "heads": {"1": -1}}', "invalid"),
        ('{"type": "sync", "heads": {"1": 1.0}}', "invalid"),
        ('{"type": "sync", "since": 1}', "invalid"),
        (json.dumps({"type": "sync", "heads": {str(n): 0 for n in range(101)}}), "invalid"),
    ],
)
async def test_other_bad_frames_get_an_error_too(sockets, text, code):
    await sockets[0].send_to(text_data=text)
    assert (await refusal_of(sockets[0]))[0] == code
    assert await told(sockets[0]) == []


async def test_a_strangers_conversation_is_like_an_unknown_one(sockets, chat, alice):
    await in_thread(send_message)(conversation_id=chat.pk, by=alice, client_id="c1", content="Hi")
    strangers = sockets[2]
    answers: dict[int, list[dict]] = {}
    for number in (chat.pk, chat.pk + 1):
        answers[number] = []
        await say(strangers, "send", conversation=number, client_id="s1", content="Hi")
        answers[number].append(await frame_of(strangers))
        for kind in ("typing", "active"):
            await say(strangers, kind, conversation=number)
            answers[number].append(await frame_of(strangers))
        await say(strangers, "sync", heads={str(number): 0})
        answers[number].append(await frame_of(strangers))
    assert answers[chat.pk] == answers[chat.pk + 1]
    assert [a.get("code", a["type"]) for a in answers[chat.pk]] == ["not_found"] * 3 + ["sync"]
    assert answers[chat.pk][-1]["heads"] == {}
    assert await Message.objects.acount() == 1


async def test_heads_are_of_the_newest_and_of_those_named(alice, bob, chat, monkeypatch):
    monkeypatch.setattr("messaging.consumers.MOST_HEADS", 1)
    dora = await User.objects.acreate(username="dora")
    other, _is_new = await in_thread(open_conversation)(username="dora", by=alice)
    for n, conversation in enumerate([chat, other]):
        await in_thread(send_message)(
            conversation_id=conversation.pk, by=alice, client_id=f"c{n}", content="Hi"
        )
    socket = await opened(alice)
    assert socket.hello["heads"] == {str(other.pk): 1}
    await say(socket, "sync", heads={str(chat.pk): 0, str(other.pk): 0, "999999": 3})
    assert (await frame_of(socket))["heads"] == {str(other.pk): 1, str(chat.pk): 1}
    await socket.disconnect()
    theirs = await opened(dora)
    assert theirs.hello["heads"] == {str(other.pk): 1}
    await theirs.disconnect()


async def test_an_empty_conversation_is_nobodys_news(sockets, chat):
    assert [await heads_of(socket) for socket in sockets] == [{}, {}, {}]


async def test_a_program_needs_the_scope_for_chat(alice, bob, chat, offer):
    reader = await opened_by_program(alice, [Scope.READ, Scope.TRADE])
    writer = await opened_by_program(alice, [Scope.READ, Scope.MESSAGE])
    his = await opened(bob)
    assert (reader.hello["heads"], writer.hello["heads"]) == ({}, {str(chat.pk): 1})
    for kind, values in [("send", {"client_id": "c1", "content": "Hi"}), ("typing", {}), ("active", {})]:
        await say(reader, kind, conversation=chat.pk, **values)
        assert (await refusal_of(reader))[0] == "insufficient_scope"
    await say(writer, "send", conversation=chat.pk, client_id="c1", content="Hi")
    assert (await frame_of(writer))["seq"] == 2
    await say(writer, "active", conversation=chat.pk)
    assert (await frame_of(writer))["type"] == "presence"
    await say(his, "typing", conversation=chat.pk)
    assert (await frame_of(writer))["type"] == "typing"
    await in_thread(mark_read)(conversation_id=chat.pk, by=bob, seq=2)
    assert (await frame_of(writer))["type"] == "read"
    assert await told(reader) == []
    for socket in (reader, writer, his):
        await socket.disconnect()


async def test_typing_goes_to_the_partner_alone_where_it_is_shown(sockets, chat, alice, bob):
    hers, his, _strangers = sockets
    await say(hers, "typing", conversation=chat.pk)
    assert await frame_of(his) == {"type": "typing", "conversation": chat.pk, "user": "alice"}
    await in_thread(update_profile)(by=alice, changes={"shows_typing": False})
    await say(hers, "typing", conversation=chat.pk)
    assert [await told(socket) for socket in sockets] == [[], [], []]


@pytest.mark.parametrize("blocker", ["alice", "bob"])
async def test_a_block_silences_both_at_once_and_the_sockets_stay(sockets, chat, blocker, alice, bob):
    hers, his, _strangers = sockets
    await say(hers, "send", conversation=chat.pk, client_id="c0", content="Hi")
    await frame_of(his, "event")
    await frame_of(hers)
    by, other = (alice, bob) if blocker == "alice" else (bob, alice)
    await in_thread(block_user)(username=other.username, by=by)
    for socket in (hers, his):
        await told(socket)
        await say(socket, "send", conversation=chat.pk, client_id="c1", content="Still there?")
        assert await refusal_of(socket) == ("conversation_closed", "c1")
        await say(socket, "typing", conversation=chat.pk)
        await say(socket, "active", conversation=chat.pk)
        assert (await frame_of(socket))["state"] == "offline"
    await in_thread(mark_read)(conversation_id=chat.pk, by=bob, seq=1)
    await in_thread(delete_message)(message_id=(await Message.objects.aget()).pk, by=alice)
    assert kinds(await told(hers)) == ["event"]  # her own deletion
    assert kinds(await told(his)) == ["read"]  # his own reading


async def test_a_suspended_partner_closes_the_conversation_in_the_same_words(sockets, chat, alice, bob):
    hers, _his, _strangers = sockets
    until = timezone.now() + timedelta(days=1)
    await in_thread(User.objects.filter(pk=bob.pk).update)(suspended_until=until)
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    suspended = await frame_of(hers)
    await in_thread(User.objects.filter(pk=bob.pk).update)(suspended_until=None)
    await in_thread(block_user)(username="alice", by=bob)
    await told(hers)
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    assert await frame_of(hers) == suspended
    assert suspended["code"] == "conversation_closed"


@pytest.mark.parametrize(("alice_shows", "bob_shows"), [(True, True), (False, True), (True, False)])
async def test_receipts_are_reciprocal(sockets, chat, alice, bob, alice_shows, bob_shows):
    hers, his, strangers = sockets
    await in_thread(update_profile)(by=alice, changes={"shows_receipts": alice_shows})
    await in_thread(update_profile)(by=bob, changes={"shows_receipts": bob_shows})
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    await frame_of(hers)
    await in_thread(mark_read)(conversation_id=chat.pk, by=await User.objects.aget(pk=bob.pk), seq=1)
    read = {"type": "read", "conversation": chat.pk, "user": "bob", "seq": 1}
    shown = [read] if alice_shows and bob_shows else []
    assert await told(hers) == shown
    assert [f for f in await told(his) if f["type"] == "read"] == [read]  # his other tabs
    assert await told(strangers) == []


async def test_the_socket_and_the_call_share_ids_and_numbers(sockets, chat, alice):
    hers, _his, _strangers = sockets
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    echo = await frame_of(hers)
    api = await in_thread(Api)(alice)
    body = {"client_id": "c1", "content": "Hi"}
    again = await in_thread(api.post)(f"/conversations/{chat.pk}/messages/", body)
    assert (again.status_code, again.json()["seq"]) == (200, 1)
    events = (await in_thread(api.get)(f"/conversations/{chat.pk}/events/?after=0")).json()["results"]
    assert [{"type": "event", **event} for event in events] == [echo]
    assert await ConversationEvent.objects.acount() == 1
