"""The door of `/ws/me/`: a session cookie from our own pages, or a one-use ticket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import OriginValidator, WebsocketDenier
from django.conf import settings
from django.urls import path, re_path

from accounts.door import Visitor, visitor_with_session, visitor_with_token
from accounts.tickets import redeem_ticket
from messaging.consumers import ChatConsumer

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class TicketDoor:
    """For programs: no cookie and no origin, but `?ticket=`."""

    def __init__(self, with_ticket: Application, with_cookie: Application) -> None:
        self.with_ticket, self.with_cookie = with_ticket, with_cookie

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        tickets = parse_qs(scope["query_string"]).get(b"ticket")
        if not tickets:
            await self.with_cookie(scope, receive, send)
            return
        visitor = await sync_to_async(_visitor_of)(tickets[0].decode(errors="replace"))
        await self.with_ticket(_let_in(scope, visitor), receive, send)


def _visitor_of(ticket: str) -> Visitor | None:
    user_id, token_id = redeem_ticket(ticket) or (None, None)
    return visitor_with_token(user_id, token_id) if user_id and token_id else None


class SessionVisitor:
    """For browsers: who the session says; whether they may be here is asked by the consumer."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        visitor = None
        if scope["user"].is_authenticated:
            visitor = visitor_with_session(scope["user"], scope["session"].session_key)
        await self.inner(_let_in(scope, visitor), receive, send)


def _let_in(scope: dict[str, Any], visitor: Visitor | None) -> dict[str, Any]:
    """What a socket keeps for hours: not the session, the user and the headers that led to the visitor."""
    return {"type": scope["type"], "path": scope["path"], "visitor": visitor}


router = URLRouter(
    [path("ws/me/", ChatConsumer.as_asgi()), re_path(r"", WebsocketDenier.as_asgi())],
)
live = TicketDoor(
    with_ticket=router,
    # Whole origins, with their scheme: without it the validator would let http in beside https.
    with_cookie=OriginValidator(AuthMiddlewareStack(SessionVisitor(router)), settings.LIVE_ORIGINS),
)
