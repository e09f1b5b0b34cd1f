"""Chat loses, doubles and reorders nothing, whatever dies meanwhile.

Eight clients in a ring write to both neighbours at once, through cut sockets, a Redis that restarts
and a web process that is killed. What each has applied is compared with the log in the database.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import pytest
from asgiref.sync import sync_to_async

from accounts.models import Scope, User
from accounts.services import issue_token
from messaging.models import ConversationEvent
from messaging.services import open_conversation
from tests.chaos.clients import ChatClient, Event
from tests.chaos.servers import Redis, Web, redis_in, web_on
from tests.factories import UserFactory
from tests.sockets import no_connection_left

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]

CLIENTS = 8
FEW = 128  # messages: each side of each conversation writes eight
SYNC_EVERY = 2.0  # seconds
CUT_EVERY = 0.25  # seconds, one random socket


@dataclass
class Town:
    """Eight people, the ring of their conversations, and a token of each."""

    people: list[User]
    tokens: list[str]
    conversations: list[int]  # number n is between person n and the next

    def lanes(self) -> list[tuple[int, int]]:
        """Who (by number) writes into which conversation: both sides of each."""
        sides = [(n, pk) for n, pk in enumerate(self.conversations)]
        return sides + [((n + 1) % CLIENTS, pk) for n, pk in enumerate(self.conversations)]


@pytest.fixture
def town(db: None) -> Town:
    people: list[User] = [UserFactory(username=f"person{n}", trust_tier="gold") for n in range(CLIENTS)]
    pairs = [(person, people[(n + 1) % CLIENTS]) for n, person in enumerate(people)]
    conversations = [open_conversation(username=other.username, by=one)[0].pk for one, other in pairs]
    tokens = [issue_token(by=person, scopes=[Scope.READ, Scope.MESSAGE])[1] for person in people]
    return Town(people, tokens, conversations)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_in(tmp_path_factory.mktemp("valkey")) as redis:
        yield redis


@pytest.fixture(scope="module")
def web(redis: Redis, django_db_setup: None) -> Iterator[Web]:
    """One for all: whatever died in a test was started again by it."""
    with web_on(redis.url) as web:
        yield web


@dataclass
class Result:
    logs: dict[int, list[list[Event]]]  # by conversation: what each of its two has applied
    settled_after: float  # seconds from the last receipt until nothing was missing any more
    clients: list[ChatClient]


async def check(
    town: Town, web: Web, redis: Redis | None, messages: int, *, fills_gaps: bool = True
) -> Result:
    """Write `messages` through all the trouble; `redis` None: only sockets are cut."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        clients = [
            ChatClient(web.address, token, http, sync_every=SYNC_EVERY, fills_gaps=fills_gaps)
            for token in town.tokens
        ]
        running = [asyncio.create_task(client.run()) for client in clients]
        try:
            async with trouble(clients, web, redis, town, messages):
                await asyncio.gather(
                    *(clients[n].write(pk, ids_of(n, pk, messages)) for n, pk in town.lanes())
                )
            settled = await settle(clients, town) if fills_gaps else 0.0
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return Result(
        {
            pk: [clients[n].log[pk], clients[(n + 1) % CLIENTS].log[pk]]
            for n, pk in enumerate(town.conversations)
        },
        settled,
        clients,
    )


def ids_of(writer: int, conversation: int, messages: int) -> list[str]:
    """What a lane writes, in this order."""
    return [f"{writer}-{conversation}-{i}" for i in range(messages // (2 * CLIENTS))]


@contextlib.asynccontextmanager
async def trouble(clients: list[ChatClient], web: Web, redis: Redis | None, town: Town, messages: int):
    cutting = asyncio.create_task(cut(clients))
    dying = asyncio.create_task(die(clients, web, redis, town, messages)) if redis else None
    try:
        yield
        if dying is not None:
            await dying
    finally:
        cutting.cancel()


async def cut(clients: list[ChatClient]) -> None:
    while True:
        await asyncio.sleep(random.uniform(0, 2 * CUT_EVERY))
        random.choice(clients).cut()


async def die(clients: list[ChatClient], web: Web, redis: Redis, town: Town, messages: int) -> None:
    """Redis is gone for a second after a third of the messages, the web process dies after two thirds."""

    async def written(share: float) -> None:
        while sum(clients[n].last[pk] for n, pk in enumerate(town.conversations)) < messages * share:
            await asyncio.sleep(0.05)

    await written(1 / 3)
    redis.stop()
    await asyncio.sleep(1)
    await asyncio.to_thread(redis.start)
    await written(2 / 3)
    web.kill()
    web.start()
    await asyncio.to_thread(web.wait)


async def settle(clients: list[ChatClient], town: Town) -> float:
    """Seconds until every client has every number; at most one sync period and 5 s."""
    started, heads = time.monotonic(), await heads_of(town)
    while True:
        missing = [(n, pk) for n, pk in town.lanes() if clients[n].last[pk] != heads[pk]]
        passed = time.monotonic() - started
        if not missing:
            return passed
        assert passed < SYNC_EVERY + 5, f"still missing after {passed:.1f} s: {missing}"
        await asyncio.sleep(0.02)


@sync_to_async
def heads_of(town: Town) -> dict[int, int]:
    return {pk: len(stored_log(pk)) for pk in town.conversations}


def stored_log(conversation: int) -> list[Event]:
    events = ConversationEvent.objects.filter(conversation=conversation).order_by("seq")
    return list(events.values_list("seq", "message__client_id", "message__content"))


def assert_nothing_is_wrong(result: Result, town: Town, messages: int) -> None:
    each = messages // (2 * CLIENTS)
    for n, pk in enumerate(town.conversations):
        log = stored_log(pk)
        one, other = n, (n + 1) % CLIENTS
        assert [seq for seq, _id, _text in log] == list(range(1, 2 * each + 1))  # gapless
        for writer in (one, other):  # nothing lost, doubled or overtaken
            own = [client_id for _seq, client_id, _text in log if client_id.startswith(f"{writer}-")]
            assert own == ids_of(writer, pk, messages)
        assert [text for _seq, _id, text in log] == [f"I am {client_id}" for _seq, client_id, _text in log]
        assert result.logs[pk] == [log, log]  # and both have applied just that, in that order


def report(result: Result, messages: int, seconds: float) -> str:
    clients = result.clients
    return (
        f"{messages} messages in {seconds:.0f} s through {sum(c.connections for c in clients)} connections, "
        f"{sum(c.repeats for c in clients)} sent again, {sum(c.fetches for c in clients)} gaps filled; "
        f"all equal {result.settled_after:.2f} s after the last receipt"
    )


@pytest.mark.parametrize("messages", [FEW, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_nothing_is_lost_doubled_or_reordered(
    town: Town, web: Web, redis: Redis, messages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    result = await check(town, web, redis, messages)
    seconds = time.monotonic() - started
    await sync_to_async(assert_nothing_is_wrong)(result, town, messages)
    with capsys.disabled():
        print(f"\n{report(result, messages, seconds)}")  # noqa: T201
    assert sum(client.connections for client in result.clients) > CLIENTS  # there was trouble


async def test_without_filling_gaps_messages_are_lost(town: Town, web: Web) -> None:
    """The control: the same clients, when they take the socket for the truth."""
    result = await check(town, web, None, FEW, fills_gaps=False)
    applied = sum(len(log) for logs in result.logs.values() for log in logs)
    stored = sum((await heads_of(town)).values())
    assert stored == FEW
    assert applied < 2 * stored
