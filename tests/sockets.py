"""The live socket as a browser or a program opens it, in this process: real Redis, the real consumer."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.models import Scope, User
from accounts.services import issue_token
from accounts.tickets import issue_ticket
from config.asgi import application
from notifications.push import push
from tests.conftest import page_of

ORIGIN = (b"origin", settings.SITE_URL.encode())
in_thread = sync_to_async


@pytest.fixture(autouse=True)
async def no_connection_left() -> AsyncIterator[None]:
    """The thread behind `in_thread` outlives the test; its connection must not."""
    yield
    await in_thread(connections.close_all)()


def socket_of(client: Client, origin: tuple[bytes, bytes] = ORIGIN) -> WebsocketCommunicator:
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return WebsocketCommunicator(application, "/ws/me/", headers=[origin, (b"cookie", cookie.encode())])


async def opened(client: Client | User) -> WebsocketCommunicator:
    """A socket of the page's session, or of a new session of the user's; `hello` is read already."""
    page = client if isinstance(client, Client) else await in_thread(page_of)(client)
    socket = await greeted(socket_of(page))
    socket.user_id = await in_thread(page.session.get)("_auth_user_id")
    return socket


async def opened_by_program(user: User, scopes: list[Scope]) -> WebsocketCommunicator:
    """A socket opened by the ticket of a new token."""
    token, _key = await in_thread(issue_token)(by=user, scopes=scopes)
    ticket = await in_thread(issue_ticket)(user_id=user.pk, token_id=token.pk)
    socket = await greeted(WebsocketCommunicator(application, f"/ws/me/?ticket={ticket}"))
    socket.user_id = user.pk
    return socket


async def greeted(socket: WebsocketCommunicator) -> WebsocketCommunicator:
    assert (await socket.connect(timeout=5))[0]
    socket.hello = await frame_of(socket)
    assert socket.hello["type"] == "hello"
    return socket


async def frame_of(socket: WebsocketCommunicator, kind: str | None = None) -> dict[str, Any]:
    """The next frame; the next of a `kind`, passing over what else there is."""
    while True:
        frame: dict[str, Any] = json.loads(await socket.receive_from(timeout=5))
        if kind in (None, frame["type"]):
            return frame


async def say(socket: WebsocketCommunicator, kind: str, **values: Any) -> None:
    await socket.send_to(text_data=json.dumps({"type": kind, **values}))


async def told(socket: WebsocketCommunicator) -> list[dict[str, Any]]:
    """The frames that nobody has read yet. What the socket sent before has been done by then.

    Redis keeps the order: after a mark that is published now comes nothing that was published before.
    """
    frames: list[dict[str, Any]] = []
    await say(socket, "sync", heads={})
    await _read_until("sync", socket, frames)
    await in_thread(push)([socket.user_id], {"type": "mark"})
    await _read_until("mark", socket, frames)
    return frames


async def _read_until(kind: str, socket: WebsocketCommunicator, frames: list[dict[str, Any]]) -> None:
    while (frame := await frame_of(socket))["type"] != kind:
        frames.append(frame)


async def heads_of(socket: WebsocketCommunicator, **named: int) -> dict[str, int]:
    await say(socket, "sync", heads=named)
    heads: dict[str, int] = (await frame_of(socket, "sync"))["heads"]
    return heads


async def closing_of(socket: WebsocketCommunicator) -> int:
    """The code it was closed with, after whatever came before."""
    message = await socket.receive_output(timeout=5)
    while message["type"] != "websocket.close":
        message = await socket.receive_output(timeout=5)
    return int(message["code"])
