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

from accounts.door import Visitor, is_still_welcome
from accounts.tickets import redeem_ticket
from notifications.consumers import LiveConsumer

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
        await self.with_ticket({**scope, "visitor": visitor}, receive, send)


def _visitor_of(ticket: str) -> Visitor | None:
    found = redeem_ticket(ticket)
    visitor = Visitor(found[0], token_id=found[1]) if found else None
    return visitor if visitor and is_still_welcome(visitor) else None


class SessionVisitor:
    """For browsers: who the session says, if the account may still be here."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        visitor = None
        if scope["user"].is_authenticated:
            visitor = Visitor(scope["user"].pk, session_key=scope["session"].session_key)
            if not await sync_to_async(is_still_welcome)(visitor):
                visitor = None
        await self.inner({**scope, "visitor": visitor}, receive, send)


router = URLRouter(
    [path("ws/me/", LiveConsumer.as_asgi()), re_path(r"", WebsocketDenier.as_asgi())],
)
live = TicketDoor(
    with_ticket=router,
    # Whole origins, with their scheme: without it the validator would let http in beside https.
    with_cookie=OriginValidator(AuthMiddlewareStack(SessionVisitor(router)), settings.LIVE_ORIGINS),
)
