"""Two web processes behind one Redis: people meet wherever they are connected, and write without it too."""

import asyncio
import time
from pathlib import Path

import aiohttp
import pytest

from accounts.models import Scope, User
from accounts.services import issue_token
from messaging.services import open_conversation
from tests.chaos.clients import ChatClient
from tests.chaos.servers import redis_in, web_on
from tests.sockets import no_connection_left

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["no_connection_left"]


async def until(is_so, within: float) -> float:
    """Seconds that it took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within, f"not within {within} s"
        await asyncio.sleep(0.005)
    return time.monotonic() - started


@pytest.fixture
def together(alice: User, bob: User) -> tuple[int, str, str]:
    """A conversation, and a token of each."""
    conversation, _is_new = open_conversation(username="bob", by=alice)
    scopes = [Scope.READ, Scope.MESSAGE]
    return conversation.pk, issue_token(by=alice, scopes=scopes)[1], issue_token(by=bob, scopes=scopes)[1]


async def test_alice_on_one_bob_on_the_other(together: tuple[int, str, str], tmp_path: Path) -> None:
    conversation, hers, his = together
    with redis_in(tmp_path) as redis, web_on(redis.url) as one, web_on(redis.url) as other:
        async with aiohttp.ClientSession() as http:
            # No sync and no gap filled: what bob has came over the socket.
            alice = ChatClient(one.address, hers, http, sync_every=60, fills_gaps=False)
            bob = ChatClient(other.address, his, http, sync_every=60, fills_gaps=False)
            running = [asyncio.create_task(client.run()) for client in (alice, bob)]
            await until(lambda: alice.socket and bob.socket, within=10)
            await asyncio.sleep(0.5)  # hello comes after the group is joined
            for number in range(1, 11):
                writer, reader = (alice, bob) if number % 2 else (bob, alice)
                await writer.write(conversation, [f"c{number}"])
                await until(lambda n=number, r=reader: r.last[conversation] == n, within=1)
            redis.stop()
            await alice.write(conversation, ["without"])  # by POST: an echo cannot come
            assert alice.repeats <= 1
            redis.start()
            alice.fills_gaps = bob.fills_gaps = True
            alice.cut()
            bob.cut()
            await until(lambda: alice.last[conversation] == bob.last[conversation] == 11, within=10)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    assert alice.log[conversation] == bob.log[conversation]
