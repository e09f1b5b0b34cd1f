"""POST to delivered at 100 messages a second with 500 open sockets, beside a bare relay and a bare commit.

Three parts take turns in every round: ours (POST over granian, delivery by daphne), a bare Channels
consumer that relays what its sockets send, and a transaction of two statements. Each latency runs
from when the message was meant to go. Also: the memory of an idle signed-in socket beside a bare one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import psutil
import psycopg

from bench.harness import _cpu_of, _spread, database, options, postgres_pids
from bench.web import _free_port

SOCKETS, RATE = 500, 100  # open at once; messages a second
TEXT = "Would you trade it for two bolts?"
AT_MOST, PEER = 2.0, 19.0  # times the two floors; the peer's CPU milliseconds a message
NO_LIMITS = {
    "API_CALLS_PER_MINUTE": "1000000",
    "API_CALLS_PER_MINUTE_AND_ADDRESS": "1000000",
    "MESSAGES_PER_MINUTE": "1000000",
    "LOG_LEVEL": "ERROR",
}


@dataclass
class Lane:
    """A conversation: who writes, and whose socket hears it."""

    conversation: int
    token: str


@dataclass
class Part:
    """What one part of a round measured."""

    latencies: list[float] = field(default_factory=list)  # seconds, from the intended time
    delivered: int = 0
    expected: int = 0

    def p95(self) -> float:
        return statistics.quantiles(self.latencies, n=20)[-1] * 1000


def main() -> None:
    given = options(__doc__, calls=500, size=SOCKETS)
    with database("bench_chat"):
        lanes, tokens = _people(given.size)
        print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
        with _server("granian") as wsgi, _server("daphne") as live, _server("bare") as bare:
            asyncio.run(_measure(given, lanes, tokens, wsgi, live, bare))
        print(f"load after: {os.getloadavg()[0]:.2f}")


def _people(count: int) -> tuple[list[Lane], list[str]]:
    """`count` traders in pairs, each with a token; person 2n writes to person 2n + 1."""
    from accounts.models import ApiToken, User
    from accounts.services import create_trader, issue_token
    from messaging.services import open_conversation

    ApiToken.objects.all().delete()
    people = [
        User.objects.filter(username=f"chatter{n}").first()
        or create_trader(username=f"chatter{n}", email=f"c{n}@example.com", password=None)
        for n in range(count)
    ]
    tokens = [issue_token(by=person, scopes=["read", "message"])[1] for person in people]
    conversations = [
        open_conversation(username=people[n + 1].username, by=people[n])[0].pk for n in range(0, count, 2)
    ]
    return [Lane(pk, tokens[2 * n]) for n, pk in enumerate(conversations)], tokens


@dataclass
class Server:
    pid: int
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def _server(kind: str) -> Iterator[Server]:
    port = _free_port()
    daphne = ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    granian = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    as_in_production = [
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--no-access-log",
        "--log-level",
        "error",
    ]
    command = {
        "granian": [*granian, *as_in_production, "--no-access-log", "config.wsgi:application"],
        "daphne": [*daphne, "config.asgi:application"],
        "bare": [*daphne, "bench.floor_live:application"],
    }[kind]
    process = subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **NO_LIMITS})
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None, f"{kind} ended"
            assert time.monotonic() < deadline, f"{kind} does not answer"
            time.sleep(0.1)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _measure(
    given: Any, lanes: list[Lane], tokens: list[str], wsgi: Server, live: Server, bare: Server
) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        heard: dict[str, list[float]] = {}
        plain = await _open(http, bare, [f"ws://{bare.address}/{n // 2}" for n in range(given.size)], heard)
        ours = await _open(http, live, [t async for t in _tickets(http, wsgi, live, tokens)], heard)
        print(f"an idle socket: ours {ours.kib:.1f} KiB, a bare consumer's {plain.kib:.1f} KiB")
        rounds: dict[str, list[Part]] = {"ours": [], "relay": [], "commit": []}
        cpu: list[float] = []
        own: list[float] = []
        numbers = itertools.count()
        with ThreadPoolExecutor(1) as pool, _two_statements() as commit:
            parts: dict[str, Callable[[], Awaitable[Part]]] = {
                "ours": lambda: _paced(given.calls, _post(http, wsgi, lanes, numbers), heard, copies=2),
                "relay": lambda: _paced(given.calls, _relay(plain, lanes, numbers), heard, copies=2),
                "commit": lambda: _paced(given.calls, _commit(pool, commit, lanes), {}, copies=0),
            }
            # Every thread has its connection then, and the use of every token is noted.
            await _paced(given.calls, _post(http, wsgi, lanes, numbers), heard, copies=2)
            for number in range(given.rounds):
                for name in sorted(parts, reverse=bool(number % 2)):
                    pids = [wsgi.pid, live.pid, *_redis_pids(), *await asyncio.to_thread(postgres_pids)]
                    used, process, start = _cpu_of(pids), time.process_time(), time.perf_counter()
                    rounds[name].append(await parts[name]())
                    if name == "ours":
                        cpu.append((_cpu_of(pids) - used) * 1000 / given.calls)
                        own.append((time.process_time() - process) / (time.perf_counter() - start))
                    await asyncio.sleep(0.5)
        _report(rounds, cpu, own)
        for socket in [*plain.sockets, *ours.sockets]:
            socket._response.connection.transport.abort()  # type: ignore[union-attr]


@dataclass
class Open:
    sockets: list[aiohttp.ClientWebSocketResponse]
    readers: list[asyncio.Task[None]]
    kib: float  # resident memory of the server for each


async def _tickets(http: aiohttp.ClientSession, wsgi: Server, live: Server, tokens: list[str]) -> Any:
    for token in tokens:
        headers = {"Authorization": f"Token {token}"}
        async with http.post(f"http://{wsgi.address}/api/v1/auth/ws-ticket/", headers=headers) as response:
            ticket = (await response.json())["ticket"]
        yield f"ws://{live.address}/ws/me/?ticket={ticket}"


async def _open(
    http: aiohttp.ClientSession, server: Server, addresses: list[str], heard: dict[str, list[float]]
) -> Open:
    """All sockets, each with a reader that notes when which message came; the first 20 warm the server up."""
    sockets: list[aiohttp.ClientWebSocketResponse] = []
    memory = 0.0
    for number, address in enumerate(addresses):
        if number == 20:
            memory = await _settled(server)
        sockets.append(await http.ws_connect(address, max_msg_size=0))
    kib = (await _settled(server) - memory) / 1024 / (len(addresses) - 20)
    return Open(sockets, [asyncio.create_task(_hear(socket, heard)) for socket in sockets], kib)


async def _settled(server: Server) -> float:
    await asyncio.sleep(2)
    return float(psutil.Process(server.pid).memory_info().rss)


async def _hear(socket: aiohttp.ClientWebSocketResponse, heard: dict[str, list[float]]) -> None:
    async for message in socket:
        now = time.perf_counter()
        frame = orjson.loads(message.data)
        if "client_id" in frame:
            heard.setdefault(frame["client_id"], []).append(now)


async def _paced(
    calls: int, send: Callable[[int], Awaitable[str]], heard: dict[str, list[float]], *, copies: int
) -> Part:
    """`calls` sends, each started at its time whether the one before is done or not."""
    start, meant, sending = time.perf_counter() + 0.1, {}, []
    part = Part(expected=calls * copies)

    async def one(number: int, due: float) -> None:
        key = await send(number)
        meant[key] = due
        if not copies:
            part.latencies.append(time.perf_counter() - due)

    for number in range(calls):
        due = start + number / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sending.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*sending)
    await asyncio.sleep(1)
    for key, due in meant.items():
        times = heard.pop(key, [])
        part.delivered += len(times)
        if copies and times:
            part.latencies.append(max(times) - due)
    return part


def _post(http: aiohttp.ClientSession, wsgi: Server, lanes: list[Lane], numbers: Iterator[int]) -> Any:
    async def send(number: int) -> str:
        lane, key = lanes[number % len(lanes)], f"{os.getpid()}-{next(numbers)}"
        async with http.post(
            f"http://{wsgi.address}/api/v1/conversations/{lane.conversation}/messages/",
            data=orjson.dumps({"client_id": key, "content": TEXT}),
            headers={"Authorization": f"Token {lane.token}", "Content-Type": "application/json"},
        ) as response:
            assert response.status == 201, await response.text()
        return key

    return send


def _relay(plain: Open, lanes: list[Lane], numbers: Iterator[int]) -> Any:
    async def send(number: int) -> str:
        key = f"bare-{next(numbers)}"
        text = orjson.dumps({"client_id": key, "content": TEXT + " " * 500})
        await plain.sockets[2 * (number % len(lanes))].send_str(text.decode())
        return key

    return send


def _commit(pool: ThreadPoolExecutor, commit: Callable[[int], None], lanes: list[Lane]) -> Any:
    async def send(number: int) -> str:
        lane = lanes[number % len(lanes)]
        await asyncio.get_running_loop().run_in_executor(pool, commit, lane.conversation)
        return str(number)

    return send


@contextlib.contextmanager
def _two_statements() -> Iterator[Callable[[int], None]]:
    """The next number, and the message under it: in a table of its own, as bare as can be."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("DROP TABLE IF EXISTS bare_message, bare_conversation")
        connection.execute(
            "CREATE TABLE bare_message (conversation bigint, seq bigint, content text,"
            " PRIMARY KEY (conversation, seq))"
        )
        connection.execute("CREATE TABLE bare_conversation (id bigint PRIMARY KEY, last_seq bigint)")
        connection.execute("INSERT INTO bare_conversation SELECT id, 0 FROM messaging_conversation")
        connection.commit()

        def commit(conversation: int) -> None:
            update = "UPDATE bare_conversation SET last_seq = last_seq + 1 WHERE id = %s RETURNING last_seq"
            row = connection.execute(update, [conversation]).fetchone()
            assert row is not None
            insert = "INSERT INTO bare_message VALUES (%s, %s, %s)"
            connection.execute(insert, [conversation, row[0], TEXT])
            connection.commit()

        yield commit


def _redis_pids() -> list[int]:
    """The Valkey that this bench started, if it did."""
    from django.conf import settings

    port = settings.REDIS_URL.rsplit(":", 1)[1].split("/")[0]
    return [
        process.pid
        for process in psutil.process_iter(["name"])
        if "valkey" in (process.info["name"] or "")
        and any(c.laddr.port == int(port) for c in process.net_connections() if c.status == "LISTEN")
    ]


def _report(rounds: dict[str, list[Part]], cpu: list[float], own: list[float]) -> bool:
    print(f"chat, {RATE} messages a second, {SOCKETS} open sockets; p95 from the intended time")
    for name, parts in rounds.items():
        counts = f"{sum(p.delivered for p in parts):,} of {sum(p.expected for p in parts):,} delivered"
        print(
            f"  {name:<7} {_spread([p.p95() for p in parts])} ms{'' if name == 'commit' else ', ' + counts}"
        )
    triples = zip(rounds["ours"], rounds["relay"], rounds["commit"], strict=True)
    ratios = [ours.p95() / (relay.p95() + commit.p95()) for ours, relay, commit in triples]
    kept = statistics.median(ratios) <= AT_MOST
    print(f"  ratio   {_spread(ratios)}, at most {AT_MOST:g} wanted: {'kept' if kept else 'MISSED'}")
    print(
        f"  CPU     {_spread(cpu)} ms a message (the peer: {PEER:g}); the generator {_spread(own)} of a core"
    )
    return kept


if __name__ == "__main__":
    main()
