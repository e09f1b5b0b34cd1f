"""Who gets to chat on the live socket, and what ends it."""

import json
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.utils import timezone

from accounts.models import ApiToken, Scope, User
from accounts.services import end_tokens, issue_token, revoke_token
from accounts.tickets import issue_ticket
from config.asgi import application
from core.redis import connection
from messaging.models import Conversation, Message
from tests.clients import Api
from tests.conftest import page_of
from tests.sockets import (
    closing_of,
    frame_of,
    greeted,
    in_thread,
    no_connection_left,
    opened,
    opened_by_program,
    say,
    socket_of,
    told,
)

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://evil.example", "null", settings.SITE_URL.replace("http:", "https:")],
)
async def test_a_page_elsewhere_cannot_open_it(alice, origin):
    page = await in_thread(page_of)(alice)
    assert (await socket_of(page).connect())[0]  # ours can
    assert (await socket_of(page, origin=(b"origin", origin.encode())).connect())[0] is False


async def test_http_is_no_origin_of_an_https_site(alice, monkeypatch):
    """The scheme counts: somebody in between could serve the same name without encryption."""
    from config import live

    monkeypatch.setattr(live.live.with_cookie, "allowed_origins", ["https://cards.example"])
    page = await in_thread(page_of)(alice)
    assert (await socket_of(page, origin=(b"origin", b"https://cards.example")).connect())[0]
    assert (await socket_of(page, origin=(b"origin", b"http://cards.example")).connect())[0] is False


async def test_a_ticket_opens_once_and_not_for_long(alice):
    api = await in_thread(Api)(alice, [Scope.READ, Scope.MESSAGE])
    ticket = (await in_thread(api.post)("/auth/ws-ticket/")).json()["ticket"]
    socket = await greeted(WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}"))
    again = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    await again.connect()
    assert await closing_of(again) == 4401
    ticket = (await in_thread(api.post)("/auth/ws-ticket/")).json()["ticket"]
    [key] = connection().keys("ticket:*")
    assert 0 < connection().ttl(key) <= 30
    connection().pexpire(key, 1)
    while connection().exists(key):
        pass
    late = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    await late.connect()
    assert await closing_of(late) == 4401
    await socket.disconnect()


async def test_a_ticket_of_a_token_that_ended_opens_nothing(alice):
    token, _key = await in_thread(issue_token)(by=alice, scopes=[Scope.MESSAGE])
    ticket = await in_thread(issue_ticket)(user_id=alice.pk, token_id=token.pk)
    await in_thread(end_tokens)(user=alice)
    socket = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    await socket.connect()
    assert await closing_of(socket) == 4401


async def test_logout_closes_at_once(alice):
    page = await in_thread(page_of)(alice)
    socket = await opened(page)
    await in_thread(page.post)("/accounts/logout/")
    assert await closing_of(socket) == 4403


async def test_a_changed_password_closes_all_at_once(alice):
    page = await in_thread(page_of)(alice)
    sockets = [await opened(page), await opened(alice), await opened_by_program(alice, [Scope.MESSAGE])]
    words = {
        "oldpassword": "correct horse battery",
        "password1": "a new horse entirely",
        "password2": "a new horse entirely",
    }
    await in_thread(page.post)("/accounts/password/change/", words)
    assert await in_thread((await User.objects.aget(pk=alice.pk)).check_password)("a new horse entirely")
    assert [await closing_of(socket) for socket in sockets] == [4403] * 3


async def test_what_ends_tokens_closes_at_once(alice):
    """As a suspension and a ban do."""
    sockets = [await opened(alice), await opened_by_program(alice, [Scope.MESSAGE])]
    await in_thread(end_tokens)(user=alice)
    assert [await closing_of(socket) for socket in sockets] == [4403] * 2


CHANGES = {
    "suspended": {"suspended_until": timezone.now() + timedelta(days=1)},
    "banned": {"banned_at": timezone.now()},
    "deleted": {"deleted_at": timezone.now()},
    "disabled": {"is_active": False},
    "another password": {"password": "md5$x$y"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("frame", ["sync", "send", "typing", "active"])
async def test_where_the_message_was_lost_the_next_frame_finds_out(alice, chat: Conversation, change, frame):
    """Redis forgot to tell us: whoever is not welcome does nothing more, and is out."""
    socket = await opened(alice)
    await in_thread(User.objects.filter(pk=alice.pk).update)(**change)
    frames: dict[str, dict] = {
        "sync": {},
        "send": {"conversation": chat.pk, "client_id": "c1", "content": "Hi"},
        "typing": {"conversation": chat.pk},
        "active": {"conversation": chat.pk},
    }
    await say(socket, frame, **frames[frame])
    assert await closing_of(socket) == 4403
    assert not await Message.objects.aexists()


async def test_revoking_a_token_closes_its_sockets_at_once(alice):
    revoked, kept = [await opened_by_program(alice, [Scope.MESSAGE]) for _ in range(2)]
    page = await opened(alice)
    token = await ApiToken.objects.filter(user=alice).order_by("pk").afirst()
    await in_thread(revoke_token)(token_id=token.pk, by=alice)
    assert await closing_of(revoked) == 4403
    assert await told(kept) == []
    assert [frame["type"] for frame in await told(page)] == ["mark"]  # the other's


async def test_a_session_ended_from_the_list_closes_its_sockets_at_once(alice):
    here, elsewhere = [await in_thread(page_of)(alice) for _ in range(2)]
    mine, lost = await opened(here), await opened(elsewhere)
    for page in (here, elsewhere):  # as signing in by the form lists them
        await UserSession.objects.acreate(user=alice, ip="::1", session_key=page.session.session_key)
    await in_thread(here.post)("/accounts/sessions/")
    assert await closing_of(lost) == 4403
    assert await told(mine) == []


async def test_a_token_deleted_behind_our_back_is_found_out_at_the_next_frame(alice, chat: Conversation):
    socket = await opened_by_program(alice, [Scope.MESSAGE])
    await ApiToken.objects.filter(user=alice).adelete()
    await say(socket, "send", conversation=chat.pk, client_id="c1", content="Hi")
    assert await closing_of(socket) == 4403


async def test_after_the_end_nothing_comes_and_nothing_is_done(alice, bob, chat: Conversation):
    """Also while the client has not taken note of it yet."""
    hers, his = await opened(alice), await opened(bob)
    await in_thread(end_tokens)(user=alice)
    assert await closing_of(hers) == 4403
    await say(hers, "send", conversation=chat.pk, client_id="c1", content="Hi")
    await say(his, "send", conversation=chat.pk, client_id="b1", content="Hi")
    assert (await frame_of(his, "event"))["seq"] == 1
    assert await hers.receive_nothing(0.3)
    assert await Message.objects.acount() == 1
    await his.disconnect()


async def test_a_mebibyte_closes(alice):
    socket = await opened(alice)
    await socket.send_to(text_data=json.dumps({"type": "send", "content": "x" * 1024 * 1024}))
    assert await closing_of(socket) == 1009


async def test_a_flood_of_messages_is_refused_then_closed(alice, chat: Conversation):
    socket = await opened(alice)
    for n in range(80):
        await say(socket, "typing", conversation=chat.pk, n=n)
    codes = []
    while (message := await socket.receive_output(timeout=5))["type"] == "websocket.send":
        codes.append(json.loads(message["text"])["code"])
    assert message["code"] == 4429
    assert codes[:20] == ["invalid"] * 20
    assert codes.count("rate_limited") >= 30
