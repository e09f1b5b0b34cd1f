"""`/ws/me/`: one socket per tab, relaying ready-made frames. Messaging extends it with chat."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, ClassVar

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone
from django.utils.translation import gettext as _
from redis import RedisError

from accounts.door import Visitor, guest_of, guests_of
from accounts.models import User
from notifications.frames import Flow, FrameError, read_frame
from notifications.push import group_of
from notifications.threads import in_thread
from notifications.together import PATIENCE, Together

NOT_SIGNED_IN, ENDED, FLOODED, TOO_BIG, BROKEN = 4401, 4403, 4429, 1009, 1011
BIGGEST_MESSAGE = 1024 * 1024
RECHECK = 90.0 - PATIENCE  # seconds, so 90 at most; clients sync every 45, which is a recheck as well

log = logging.getLogger(__name__)
_running: set[asyncio.Future[None]] = set()
# Asked by the clock, and not by a frame that somebody waits for.
_guests = Together(guests_of)


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """Frames to the client are made by whoever pushes them; relaying one touches no database.

    `scope["visitor"]` is set by the door (config.live): user id and what their welcome hangs on.
    It is None before anybody was let in, and again from the moment the socket ends.
    """

    takes: ClassVar[dict[str, str]] = {"sync": "on_sync"}  # frame type → method
    visitor: Visitor | None = None
    recheck: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        # Accepted first: a close before that would lose its code on the way.
        await self.accept()
        visitor: Visitor | None = self.scope.get("visitor")
        self.flow = Flow()
        if visitor is None:
            await self.close(NOT_SIGNED_IN)
            return
        self.visitor = visitor
        await self.channel_layer.group_add(group_of(visitor.user_id), self.channel_name)
        # Asked again: what ended between the door and the group would be missed for ever.
        if user := await self.guest():
            await self.arrive(user)
            heads = await self.heads(user, {})
            await self.send_frame({"type": "hello", "heads": heads, "server_time": _now()})

    async def guest(self) -> User | None:
        """The visitor, who is still welcome; if not, the socket ends."""
        return await self._keep_guest(in_thread(guest_of))

    async def guest_again(self) -> None:
        """By the clock: a session or token that runs out sends no signal, and a client need not `sync`."""
        await self._keep_guest(_among_guests)

    async def _keep_guest(self, ask: Callable[[Visitor], Awaitable[User | None]]) -> User | None:
        if self.recheck is not None:
            self.recheck.cancel()
        user = await ask(self.visitor) if self.visitor else None
        if self.visitor is None:  # ended, perhaps meanwhile
            return None
        if user is None:
            await self.end(ENDED)
            return None
        if self.recheck is not None:
            self.recheck.cancel()  # of a sync that ran beside this
        self.recheck = self.within(RECHECK, self.guest_again)
        return user

    def within(self, seconds: float, call: Callable[[], Awaitable[object]]) -> asyncio.TimerHandle:
        """In the last third of it: who came together, as after a restart, is not asked together."""
        return self.later(random.uniform(seconds * 2 / 3, seconds), call)  # noqa: S311  (no secret)

    def later(self, seconds: float, call: Callable[[], Awaitable[object]]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._start, call)

    def _start(self, call: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.ensure_future(self._keep(call))
        _running.add(task)  # the loop itself would let go of it
        task.add_done_callback(_running.discard)

    async def _keep(self, call: Callable[[], Awaitable[object]]) -> None:
        """What fails by the clock, as in a restart of the database, leaves no socket that nobody asks."""
        try:
            await call()
        except Exception:
            log.exception("A live socket could not be kept")
            if self.visitor is not None:
                await self.end(BROKEN)

    async def arrive(self, user: User) -> None:
        """What a room above does when `user` is let in."""

    async def leave(self, visitor: Visitor, *, at_once: bool) -> None:
        """Undo what `arrive` did. `at_once`: we ended it; else the client went, perhaps to the next page."""
        if self.recheck is not None:
            self.recheck.cancel()
        with suppress(RedisError):  # its own end of the line is gone too
            await self.channel_layer.group_discard(group_of(visitor.user_id), self.channel_name)

    async def end(self, code: int) -> None:
        """Close, and from now on relay nothing and answer nothing, whenever the client takes note."""
        await self.close(code)
        await self._forget(at_once=True)

    async def disconnect(self, code: int) -> None:
        await self._forget(at_once=False)

    async def _forget(self, *, at_once: bool) -> None:
        visitor, self.visitor = self.visitor, None
        if visitor is not None:
            await self.leave(visitor, at_once=at_once)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Relaying needs no database, so it goes round the hop that tidies database connections.
        if message["type"] == "relay":
            await self.relay(message)
        elif message["type"] == "ending":
            await self.end_with(message["session_key"], message["token_id"])
        else:
            await super().dispatch(message)

    async def relay(self, message: dict[str, Any]) -> None:
        if self.visitor is not None and (self.visitor.may_chat or not message["chat"]):
            await self.send(text_data=message["text"])

    async def end_with(self, session_key: str | None, token_id: int | None) -> None:
        """Where it hangs on that session or that token; without either, whatever it hangs on."""
        if self.visitor is None:
            return
        ended = (session_key, token_id)
        if ended in ((None, None), (self.visitor.session_key, self.visitor.token_id)):
            await self.end(ENDED)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.visitor is None:
            return
        if len(text_data or bytes_data or "") > BIGGEST_MESSAGE:
            await self.end(TOO_BIG)
        elif self.flow.takes_one():
            await self.answer(text_data)
        elif self.flow.is_flood:
            await self.end(FLOODED)
        else:
            await self.send_error(FrameError("rate_limited", _("At most 10 frames a second.")))

    async def answer(self, text_data: str | None) -> None:
        frame: dict[str, Any] = {}
        try:
            frame = read_frame(text_data)
            name = self.takes.get(frame.pop("type"))
            if name is None:
                raise FrameError("unknown_type", _("No such frame."))
            await getattr(self, name)(frame)
        except FrameError as refusal:
            await self.send_error(refusal, frame.get("client_id"))

    async def on_sync(self, frame: dict[str, Any]) -> None:
        """Every 45 s: is this visitor still welcome, and is the client up to date?"""
        if user := await self.guest():
            await self.send_frame({"type": "sync", "heads": await self.heads(user, frame)})

    async def heads(self, user: User, frame: dict[str, Any]) -> dict[str, int]:
        """The last event number of each conversation, also those that `frame` names; messaging knows."""
        return {}

    async def send_frame(self, frame: dict[str, Any]) -> None:
        if self.visitor is not None:
            await self.send(text_data=orjson.dumps(frame).decode())

    async def send_error(self, refusal: FrameError, ref: object = None) -> None:
        """`ref`: the client's own name for what is refused, where it gave one."""
        known = ref if isinstance(ref, str) else None
        await self.send_frame({"type": "error", "code": refusal.code, "detail": refusal.detail, "ref": known})


async def _among_guests(visitor: Visitor) -> User | None:
    return (await _guests.ask(visitor)).get(visitor)


def _now() -> str:
    return timezone.now().isoformat()
