"""`/ws/me/`: who is let in, what is relayed, and what happens to rubbish. Real Redis, the real consumer."""

import asyncio
import json
from datetime import timedelta

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import block_user, end_tokens, issue_token
from accounts.tickets import issue_ticket
from config.asgi import application
from notifications.services import mark_read
from tests.conftest import page_of
from tests.sockets import closing_of, frame_of, in_thread, no_connection_left, opened, socket_of
from trades.services import accept_proposal, create_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]


def line_of(frame: dict) -> tuple[str, int, dict]:
    """What a frame of a conversation tells of a trade."""
    return frame["type"], frame["seq"], frame["message"]["trade"]


async def test_a_change_reaches_both_sides_and_no_stranger(alice, bob, charlie, bolt, mox):
    pages = {user: await in_thread(page_of)(user) for user in (alice, bob, charlie)}
    hers, his, strangers = [await opened(page) for page in pages.values()]
    terms = Terms(offers=(Line(bolt.pk),), wants=(Line(mox.pk),))
    offer = await in_thread(create_proposal)(by=alice, recipient="bob", terms=terms)

    sent = {"type": "trade", "id": offer.pk, "status": "pending", "version": 1}
    told = ("event", 1, {"kind": "sent", "proposal": offer.pk, "actor": "alice"})
    assert [await frame_of(hers), line_of(await frame_of(hers))] == [sent, told]
    notice, *same = [await frame_of(his) for _ in range(3)]
    assert (notice["kind"], notice["text"], notice["unread"]) == ("trade_sent", "alice sent you an offer.", 1)
    assert [same[0], line_of(same[1])] == [sent, told]

    await in_thread(accept_proposal)(proposal_id=offer.pk, by=bob)
    assert (await frame_of(his))["status"] == "accepted"
    told = ("event", 2, {"kind": "accepted", "proposal": offer.pk, "actor": "bob"})
    assert line_of(await frame_of(his)) == told
    assert await strangers.receive_nothing(0.3)
    for socket in (hers, his, strangers):
        await socket.disconnect()


async def test_what_is_rolled_back_is_never_told(alice, bob, bolt):
    from django.db import transaction

    def send_and_undo():
        with transaction.atomic():
            create_proposal(by=alice, recipient="bob", terms=Terms(offers=(Line(bolt.pk),)))
            transaction.set_rollback(True)

    socket = await opened(await in_thread(page_of)(alice))
    await in_thread(send_and_undo)()
    assert await socket.receive_nothing(0.3)
    await socket.disconnect()


async def test_nobody_is_told_why_before_being_let_in():
    socket = socket_of(Client())
    assert (await socket.connect())[0]
    assert await closing_of(socket) == 4401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", settings.SITE_URL.replace("http:", "https:"), "null"]
)
async def test_a_foreign_origin_is_refused(alice, origin):
    socket = socket_of(await in_thread(page_of)(alice), origin=(b"origin", origin.encode()))
    assert (await socket.connect())[0] is False


async def test_a_ticket_opens_once(alice):
    ticket = await in_thread(issue_ticket)(user_id=alice.pk, token_id=None)
    with_session = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    # A ticket that hangs on no token belongs to a browser session that is not here.
    await with_session.connect()
    assert await closing_of(with_session) == 4401

    token, _key = await in_thread(issue_token)(by=alice, scopes=["read"])
    ticket = await in_thread(issue_ticket)(user_id=alice.pk, token_id=token.pk)
    socket = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    await socket.connect()
    assert (await frame_of(socket))["type"] == "hello"
    again = WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}")
    await again.connect()
    assert await closing_of(again) == 4401
    await in_thread(end_tokens)(user=alice)
    assert await closing_of(socket) == 4403


async def test_logout_ends_this_sessions_socket_only(alice):
    here, elsewhere = [await in_thread(page_of)(alice) for _ in range(2)]
    socket, other = await opened(here), await opened(elsewhere)
    await in_thread(here.logout)()
    await in_thread(here.post)("/accounts/logout/")
    await in_thread(elsewhere.post)("/accounts/logout/")
    assert await closing_of(other) == 4403
    # The test client's own logout sends no request, so this one is found out at the next sync.
    await socket.send_to(text_data=json.dumps({"type": "sync", "heads": {}}))
    assert await closing_of(socket) == 4403


async def test_a_suspended_account_is_out_at_the_next_sync(alice):
    socket = await opened(await in_thread(page_of)(alice))
    until = timezone.now() + timedelta(days=1)
    await in_thread(User.objects.filter(pk=alice.pk).update)(suspended_until=until)
    await socket.send_to(text_data=json.dumps({"type": "sync", "heads": {}}))
    assert await closing_of(socket) == 4403


async def test_a_silent_client_is_found_out_by_the_clock(alice, monkeypatch):
    monkeypatch.setattr("notifications.consumers.RECHECK", 0.2)
    socket = await opened(await in_thread(page_of)(alice))
    until = timezone.now() + timedelta(days=1)
    await in_thread(User.objects.filter(pk=alice.pk).update)(suspended_until=until)
    assert await closing_of(socket) == 4403


async def test_a_block_leaves_the_socket_open(alice, bob):
    socket = await opened(await in_thread(page_of)(alice))
    await in_thread(block_user)(username="bob", by=alice)
    await socket.send_to(text_data=json.dumps({"type": "sync", "heads": {}}))
    assert (await frame_of(socket))["type"] == "sync"
    await socket.disconnect()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ("null", "malformed"),
        ("3", "malformed"),
        ('{"type": 1}', "malformed"),
        ('{"type": "sync", "x": NaN}', "malformed"),
        ('{"type": "sync", "x": "\\u0000"}', "malformed"),
        ('{"type": "sync", "x": "\\ud800"}', "malformed"),
        ("[" * 5000, "malformed"),
        ('{"type": "open sesame"}', "unknown_type"),
        (json.dumps({"type": "sync", "x": "x" * 17_000}), "too_large"),
    ],
)
async def test_a_bad_frame_gets_an_error_and_the_socket_lives(alice, text, code):
    socket = await opened(await in_thread(page_of)(alice))
    await socket.send_to(text_data=text)
    refusal = await frame_of(socket)
    assert (refusal["type"], refusal["code"]) == ("error", code)
    await socket.send_to(text_data='{"type": "sync", "heads": {}}')
    assert (await frame_of(socket))["type"] == "sync"
    await socket.disconnect()


async def test_binary_is_refused_and_a_huge_message_closes(alice):
    socket = await opened(await in_thread(page_of)(alice))
    await socket.send_to(bytes_data=b"\x00\x01")
    assert (await frame_of(socket))["code"] == "binary"
    await socket.send_to(text_data="x" * (1024 * 1024 + 1))
    assert await closing_of(socket) == 1009


async def test_a_flood_is_refused_then_closed(alice):
    socket = await opened(await in_thread(page_of)(alice))
    for _ in range(80):
        await socket.send_to(text_data='{"type": "nothing"}')
    codes = []
    while True:
        message = await asyncio.wait_for(socket.receive_output(), 5)
        if message["type"] == "websocket.close":
            break
        codes.append(json.loads(message["text"])["code"])
    assert message["code"] == 4429
    assert codes[:20] == ["unknown_type"] * 20
    assert codes.count("rate_limited") >= 30


async def test_reading_lowers_the_badge_of_the_next_frame(alice, bob, bolt):
    terms = Terms(offers=(Line(bolt.pk),))
    await in_thread(create_proposal)(by=alice, recipient="bob", terms=terms)
    await in_thread(mark_read)(by=bob)
    socket = await opened(await in_thread(page_of)(bob))
    await in_thread(create_proposal)(by=alice, recipient="bob", terms=terms)
    frames = [await frame_of(socket), await frame_of(socket)]
    assert [f["unread"] for f in frames if f["type"] == "notification"] == [1]
    await socket.disconnect()


async def test_a_socket_that_cannot_be_asked_again_is_closed(alice, monkeypatch):
    """As with a database that restarts: the client comes back, and is asked then."""
    from django.db import OperationalError

    def fail() -> None:
        raise OperationalError

    monkeypatch.setattr("notifications.consumers.RECHECK", 0.2)
    socket = await opened(await in_thread(page_of)(alice))
    monkeypatch.setattr("accounts.door._people", fail)
    assert await closing_of(socket) == 1011
