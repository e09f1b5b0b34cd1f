"""`/ws/me/`: one socket per tab, relaying ready-made frames. Messaging extends it with chat."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import orjson
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.door import Visitor, is_still_welcome
from notifications.frames import Flow, FrameError, read_frame
from notifications.push import group_of

NOT_SIGNED_IN, ENDED, FLOODED, TOO_BIG = 4401, 4403, 4429, 1009
BIGGEST_MESSAGE = 1024 * 1024
RECHECK = 90.0  # seconds, twice as long as clients take between two syncs


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """Frames to the client are made by whoever pushes them; relaying one touches no database.

    `scope["visitor"]` is set by the door (config.live): user id and what their welcome hangs on.
    """

    takes: ClassVar[dict[str, str]] = {"sync": "on_sync"}  # frame type → method
    visitor: Visitor | None = None
    recheck: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        # Accepted first: a close before that would lose its code on the way.
        await self.accept()
        self.visitor = self.scope.get("visitor")
        self.flow = Flow()
        if self.visitor is None:
            await self.close(NOT_SIGNED_IN)
            return
        await self.channel_layer.group_add(group_of(self.visitor.user_id), self.channel_name)
        # Asked again: what ended between the door and the group would be missed for ever.
        if await self.stays():
            await self.send_frame({"type": "hello", **await self.heads(), "server_time": _now()})

    async def stays(self) -> bool:
        """Whether the visitor is still welcome; if not, the socket closes. Asked again by the clock.

        A session or token that runs out sends no signal, and a client need not send `sync`.
        """
        if self.recheck is not None:
            self.recheck.cancel()
        if self.visitor is None or not await sync_to_async(is_still_welcome)(self.visitor):
            await self.close(ENDED)
            return False
        loop = asyncio.get_running_loop()
        self.recheck = loop.call_later(RECHECK, lambda: loop.create_task(self.stays()))
        return True

    async def disconnect(self, code: int) -> None:
        if self.recheck is not None:
            self.recheck.cancel()
        if self.visitor is not None:
            await self.channel_layer.group_discard(group_of(self.visitor.user_id), self.channel_name)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Relaying needs no database, so it goes round the hop that tidies database connections.
        if message["type"] == "relay":
            await self.send(text_data=message["text"])
        elif message["type"] == "ending":
            await self.end(message["session_key"])
        else:
            await super().dispatch(message)

    async def end(self, session_key: str | None) -> None:
        if session_key is None or (self.visitor and session_key == self.visitor.session_key):
            await self.close(ENDED)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.visitor is None:
            return
        if len(text_data or bytes_data or "") > BIGGEST_MESSAGE:
            await self.close(TOO_BIG)
        elif self.flow.takes_one():
            await self.answer(text_data)
        elif self.flow.is_flood:
            await self.close(FLOODED)
        else:
            await self.send_error(FrameError("rate_limited", _("At most 10 frames a second.")))

    async def answer(self, text_data: str | None) -> None:
        try:
            frame = read_frame(text_data)
            name = self.takes.get(frame["type"])
            if name is None:
                raise FrameError("unknown_type", _("No such frame."), frame.get("client_id"))
            await getattr(self, name)(frame)
        except FrameError as refusal:
            await self.send_error(refusal)

    async def on_sync(self, frame: dict[str, Any]) -> None:
        """Every 45 s: is this visitor still welcome, and is the client up to date?"""
        if await self.stays():
            await self.send_frame({"type": "sync", **await self.heads()})

    async def heads(self) -> dict[str, Any]:
        """The last event number of each conversation; messaging knows them."""
        return {"heads": {}}

    async def send_frame(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(frame).decode())

    async def send_error(self, refusal: FrameError) -> None:
        await self.send_frame(
            {"type": "error", "code": refusal.code, "detail": refusal.detail, "ref": refusal.ref}
        )


def _now() -> str:
    return timezone.now().isoformat()
