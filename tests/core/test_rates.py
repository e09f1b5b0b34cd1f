"""Limits count exactly, however many calls come at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from uuid import uuid4

import pytest

import core.rates
import core.redis
from core.rates import Allowance, Rate, take

FIVE = Rate("five", 5, 60)


@pytest.mark.race
def test_of_50_calls_at_once_5_pass(race_rounds: int) -> None:
    barrier = Barrier(50)

    def call(who: str) -> bool:
        barrier.wait()
        return take(FIVE, who).allowed

    with ThreadPoolExecutor(50) as pool:
        for _round in range(race_rounds):
            who = str(uuid4())
            assert sum(pool.map(call, [who] * 50)) == 5


def test_what_is_left_is_told() -> None:
    who = str(uuid4())
    left = [take(FIVE, who) for _ in range(6)]
    assert [allowance.remaining for allowance in left] == [4, 3, 2, 1, 0, 0]
    assert [allowance.allowed for allowance in left] == [True] * 5 + [False]
    assert all(0 < allowance.reset <= 60 for allowance in left)


def test_people_do_not_share_a_limit() -> None:
    one, other = str(uuid4()), str(uuid4())
    for _ in range(6):
        take(FIVE, one)
    assert take(FIVE, other).remaining == 4


def test_a_window_ends() -> None:
    who, short = str(uuid4()), Rate("short", 1, 1)
    assert take(short, who).allowed
    assert not take(short, who).allowed
    sleep(1.05)
    assert take(short, who).allowed


def test_without_redis_nobody_is_kept_out(settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    core.redis.connection.cache_clear()
    core.rates._script.cache_clear()
    try:
        assert take(FIVE, "x").allowed
    finally:
        core.redis.connection.cache_clear()
        core.rates._script.cache_clear()


def test_headers_say_it_as_the_draft_does() -> None:
    assert Allowance(FIVE, 3, 42, True).headers() == {
        "RateLimit-Policy": '"five";q=5;w=60',
        "RateLimit": '"five";r=3;t=42',
    }
