"""A small program that chats by the contract alone: tickets, the socket, and REST with a token."""

import asyncio
import contextlib
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

Event = tuple[int, str | None, str]  # number, client_id, content
TROUBLE = (aiohttp.ClientError, TimeoutError, OSError, KeyError)
RECEIPT_WITHIN = 1.0  # seconds, then it is sent again
FRAMES_APART = 0.15  # seconds; what comes sooner goes by POST


@dataclass
class ChatClient:
    """Applies what is next, ignores what is lower, and fetches what is missing.

    `fills_gaps` off: a client that takes the socket for the truth, as the stock recipe has it.
    """

    site: str
    token: str
    http: aiohttp.ClientSession
    sync_every: float = 2.0
    fills_gaps: bool = True
    last: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    log: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))
    receipts: dict[str, "asyncio.Future[None]"] = field(default_factory=dict)
    connections: int = 0
    repeats: int = 0  # messages sent more than once
    fetches: int = 0
    socket: aiohttp.ClientWebSocketResponse | None = None
    framed_at: float = 0.0

    async def run(self) -> None:
        """Stay connected, whatever happens; ends by being cancelled."""
        while True:
            with contextlib.suppress(*TROUBLE):
                await self._live()
            self.socket = None
            await asyncio.sleep(random.uniform(0.02, 0.3))  # full jitter, a hundred times as fast

    async def _live(self) -> None:
        ticket = (await self._call("POST", "/auth/ws-ticket/"))["ticket"]
        address = f"{self.site.replace('http', 'ws')}/ws/me/?ticket={ticket}"
        async with self.http.ws_connect(address, timeout=aiohttp.ClientWSTimeout(ws_close=0.5)) as socket:
            self.socket, self.connections = socket, self.connections + 1
            syncing = asyncio.create_task(self._sync(socket))
            try:
                async for message in socket:
                    await self._take(message.json())
            finally:
                syncing.cancel()

    async def _sync(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        with contextlib.suppress(*TROUBLE):
            while True:
                await asyncio.sleep(self.sync_every * random.uniform(0.8, 1.0))
                heads = {str(conversation): seq for conversation, seq in self.last.items()}
                await socket.send_json({"type": "sync", "heads": heads})

    async def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "event":
            await self._hear(frame)
        elif frame["type"] in ("hello", "sync") and self.fills_gaps:
            for conversation, seq in frame["heads"].items():
                if seq > self.last[int(conversation)]:
                    await self._fill(int(conversation))

    async def _hear(self, event: dict[str, Any]) -> None:
        conversation, is_next = event["conversation"], event["seq"] == self.last[event["conversation"]] + 1
        if is_next or (not self.fills_gaps and event["seq"] > self.last[conversation]):
            self._apply(event)
        elif event["seq"] > self.last[conversation]:
            await self._fill(conversation)
        self._receive(event["client_id"])

    async def _fill(self, conversation: int) -> None:
        """Everything after the last that is known."""
        self.fetches += 1
        missing: list[Any] = [None]
        while missing:
            query = f"after={self.last[conversation]}&page_size=100"
            page = await self._call("GET", f"/conversations/{conversation}/events/?{query}")
            missing = page["results"]
            for event in missing:
                self._apply(event)

    def _apply(self, event: dict[str, Any]) -> None:
        conversation = event["conversation"]
        self.last[conversation] = event["seq"]
        self.log[conversation].append((event["seq"], event["client_id"], event["message"]["content"]))
        self._receive(event["client_id"])

    def _receive(self, client_id: str | None) -> None:
        receipt = self.receipts.get(client_id or "")
        if receipt is not None and not receipt.done():
            receipt.set_result(None)

    async def write(self, conversation: int, client_ids: Iterable[str]) -> None:
        """One message after the other, each until there is a receipt for it."""
        for client_id in client_ids:
            self.receipts[client_id] = asyncio.get_running_loop().create_future()
            body = {"client_id": client_id, "content": f"I am {client_id}"}
            for attempt in itertools.count():
                self.repeats += attempt == 1
                if await self._send(conversation, body):
                    break
                await asyncio.sleep(random.uniform(0.02, 0.2))
            del self.receipts[client_id]

    async def _send(self, conversation: int, body: dict[str, str]) -> bool:
        with contextlib.suppress(*TROUBLE):
            now, socket = time.monotonic(), self.socket
            if socket is not None and now - self.framed_at > FRAMES_APART:
                self.framed_at = now
                await socket.send_json({"type": "send", "conversation": conversation, **body})
                await asyncio.wait_for(asyncio.shield(self.receipts[body["client_id"]]), RECEIPT_WITHIN)
            else:
                await self._call("POST", f"/conversations/{conversation}/messages/", json=body)
            return True
        return False

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Token {self.token}"}
        async with self.http.request(
            method, f"{self.site}/api/v1{path}", headers=headers, **options
        ) as response:
            response.raise_for_status()
            return await response.json()

    def cut(self) -> None:
        """The cable is pulled: no goodbye in either direction."""
        connection = self.socket and self.socket._response.connection
        if connection and connection.transport:
            connection.transport.abort()
