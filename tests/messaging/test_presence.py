"""Who is here: seen by partners where it is shown, by nobody else, and gone with the process."""

import asyncio
import time
from typing import Any

import pytest

import core.redis
from accounts.models import User
from accounts.services import block_user, end_tokens, update_profile
from core.redis import connection
from messaging import presence
from messaging.models import Conversation
from messaging.presence import State, states_of
from notifications.models import Notification
from notifications.push import end_sockets
from tests.sockets import closing_of, frame_of, in_thread, no_connection_left, opened, say, told

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]


def state_of(viewer: User, user: User) -> State:
    return states_of(User.objects.get(pk=viewer.pk), [user])[user.pk]


async def seen(viewer: User, user: User) -> State:
    return await in_thread(state_of)(viewer, user)


def pass_time(seconds: float) -> None:
    """As if it had passed since every socket's last beat and everybody's last doing."""
    redis: Any = connection()
    for key in redis.scan_iter("presence:*"):
        if redis.type(key) == b"zset":
            for member, ends in redis.zrange(key, 0, -1, withscores=True):
                redis.zadd(key, {member: ends - seconds})
        elif redis.ttl(key) <= seconds:
            redis.delete(key)
        else:
            redis.expire(key, int(redis.ttl(key) - seconds))


async def test_an_open_socket_is_online_then_idle_then_gone(alice, bob, charlie, chat):
    assert await seen(alice, bob) == State.OFFLINE
    socket = await opened(bob)
    assert await seen(alice, bob) == State.ONLINE
    assert await seen(charlie, bob) == State.OFFLINE  # no partner
    for _ in range(4):
        pass_time(76)
        await in_thread(presence.beat)([(bob.pk, "beating")])
    assert await seen(alice, bob) == State.IDLE
    await say(socket, "active", conversation=chat.pk)
    await frame_of(socket, "presence")
    assert await seen(alice, bob) == State.ONLINE
    pass_time(111)  # its process was killed
    assert await seen(alice, bob) == State.OFFLINE
    await socket.disconnect()


async def test_an_ended_socket_beats_no_more(alice, bob, chat, monkeypatch):
    monkeypatch.setattr(presence, "BEAT", 0.1)
    socket = await opened(bob)
    await asyncio.sleep(0.3)  # its beat is due, with others that may come
    await in_thread(end_sockets)(bob.pk)
    assert await closing_of(socket) == 4403
    await asyncio.sleep(1.2)
    assert await seen(alice, bob) == State.OFFLINE


async def test_a_socket_beats(alice, bob, chat, monkeypatch):
    monkeypatch.setattr(presence, "BEAT", 0.1)
    monkeypatch.setattr("notifications.together.PATIENCE", 0.01)
    socket = await opened(bob)
    pass_time(100)
    await asyncio.sleep(0.5)
    pass_time(100)
    assert await seen(alice, bob) != State.OFFLINE
    await socket.disconnect()


async def test_active_is_answered_and_changes_are_told_to_who_looks(alice, bob, charlie, chat, monkeypatch):
    monkeypatch.setattr(presence, "GRACE", 0.2)
    hers, strangers = await opened(alice), await opened(charlie)
    await say(hers, "active", conversation=chat.pk)
    assert await frame_of(hers) == {"type": "presence", "user": "bob", "state": "offline"}
    his = await opened(bob)
    assert await frame_of(hers) == {"type": "presence", "user": "bob", "state": "online"}
    second = await opened(bob)
    await second.disconnect()
    assert await told(hers) == []  # one tab more or less
    await his.disconnect()
    his = await opened(bob)
    await asyncio.sleep(0.4)
    assert await told(hers) == []  # the next page
    await his.disconnect()
    assert await frame_of(hers) == {"type": "presence", "user": "bob", "state": "offline"}
    assert await told(strangers) == []
    for socket in (hers, strangers):
        await socket.disconnect()


async def test_an_ended_socket_is_gone_at_once(alice, bob, chat):
    hers, his = await opened(alice), await opened(bob)
    await say(hers, "active", conversation=chat.pk)
    assert (await frame_of(hers))["state"] == "online"
    await in_thread(end_tokens)(user=bob)
    assert await closing_of(his) == 4403
    assert await frame_of(hers, "presence") == {"type": "presence", "user": "bob", "state": "offline"}
    await hers.disconnect()


async def test_who_hides_it_is_offline_to_all(alice, bob, chat):
    hers, his = await opened(alice), await opened(bob)
    assert await seen(alice, bob) == State.ONLINE
    await in_thread(update_profile)(by=bob, changes={"shows_presence": False})
    await say(hers, "active", conversation=chat.pk)
    assert (await frame_of(hers))["state"] == "offline"
    await in_thread(end_tokens)(user=bob)
    assert await closing_of(his) == 4403
    assert await told(hers) == []
    await hers.disconnect()


@pytest.mark.parametrize("blocker", ["alice", "bob"])
async def test_a_block_hides_each_from_the_other_at_once(alice, bob, chat, blocker):
    hers, his = await opened(alice), await opened(bob)
    for socket in (hers, his):
        await say(socket, "active", conversation=chat.pk)
        assert (await frame_of(socket))["state"] == "online"
    by, other = (alice, bob) if blocker == "alice" else (bob, alice)
    await in_thread(block_user)(username=other.username, by=by)
    assert await told(hers) == [{"type": "presence", "user": "bob", "state": "offline"}]
    assert await told(his) == [{"type": "presence", "user": "alice", "state": "offline"}]
    await in_thread(end_tokens)(user=bob)
    await closing_of(his)
    his = await opened(bob)
    assert await told(hers) == []
    assert [await seen(alice, bob), await seen(bob, alice)] == [State.OFFLINE] * 2
    for socket in (hers, his):
        await socket.disconnect()


async def test_somebody_suspended_is_offline(alice, bob, chat):
    from datetime import timedelta

    from django.utils import timezone

    his = await opened(bob)
    assert await seen(alice, bob) == State.ONLINE
    until = timezone.now() + timedelta(days=1)
    await in_thread(User.objects.filter(pk=bob.pk).update)(suspended_until=until)
    assert await seen(alice, bob) == State.OFFLINE
    await his.disconnect()


def test_one_query_and_one_call_for_many(alice, bob, charlie, chat, django_assert_num_queries) -> None:
    for users in ([bob], [bob, charlie, alice]):
        with django_assert_num_queries(1):
            states_of(alice, users)


async def test_who_looks_gets_no_notice(alice, bob, chat: Conversation):
    hers, his = await opened(alice), await opened(bob)
    assert not presence.is_looking(bob.pk, chat.pk)
    await say(his, "active", conversation=chat.pk)
    await frame_of(his, "presence")
    assert presence.is_looking(bob.pk, chat.pk)
    assert not presence.is_looking(bob.pk, chat.pk + 1)
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    await frame_of(hers, "event")
    assert not await Notification.objects.aexists()
    await his.disconnect()
    await told(hers)
    assert not presence.is_looking(bob.pk, chat.pk)
    await say(hers, "send", conversation=chat.pk, client_id="c2", content="Hi")
    await frame_of(hers, "event")
    assert await Notification.objects.acount() == 1
    await hers.disconnect()


async def test_a_look_ends_by_itself_or_with_a_look_elsewhere(alice, bob, chat):
    his = await opened(bob)
    await say(his, "active", conversation=chat.pk)
    await frame_of(his, "presence")
    pass_time(46)
    assert not presence.is_looking(bob.pk, chat.pk)
    await say(his, "active", conversation=chat.pk)
    await frame_of(his, "presence")
    await in_thread(User.objects.create)(username="dora")
    from messaging.services import open_conversation

    other, _is_new = await in_thread(open_conversation)(username="dora", by=bob)
    await say(his, "active", conversation=other.pk)
    await frame_of(his, "presence")
    assert [presence.is_looking(bob.pk, pk) for pk in (chat.pk, other.pk)] == [False, True]
    await his.disconnect()


def test_without_redis_everybody_is_offline_and_nothing_breaks(alice, bob, chat, say, settings) -> None:
    presence.arrive(bob.pk, "his tab")
    assert state_of(alice, bob) == State.ONLINE
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # nobody listens there
    core.redis.connection.cache_clear()
    try:
        started = time.monotonic()
        for verb in (presence.arrive, presence.act, presence.fade, presence.leave):
            verb(bob.pk, "his tab")
        presence.beat([(bob.pk, "his tab")])
        presence.look(bob.pk, "his tab", chat)
        assert not presence.is_looking(bob.pk, chat.pk)
        assert state_of(alice, bob) == State.OFFLINE
        assert say(alice, "Hi").seq == 1  # the message stands although no socket hears of it
        assert time.monotonic() - started < 5
    finally:
        core.redis.connection.cache_clear()
