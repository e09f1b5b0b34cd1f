"""Many questions of one process as one call."""

import asyncio
from collections.abc import Collection

import pytest

from notifications import together
from notifications.together import Together


@pytest.fixture(autouse=True)
def _soon(monkeypatch) -> None:
    monkeypatch.setattr(together, "PATIENCE", 0.05)


class Doubling:
    """A call that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []

    def __call__(self, numbers: Collection[int]) -> dict[int, int]:
        self.asked.append(set(numbers))
        return {number: 2 * number for number in numbers}


async def test_all_that_ask_in_time_share_a_call() -> None:
    doubling = Doubling()
    doubled = Together(doubling)
    answers = await asyncio.gather(*[doubled.ask(number) for number in (1, 2, 3, 3)])
    assert [answers[0][1], answers[1][2], answers[2][3]] == [2, 4, 6]
    assert (await doubled.ask(4))[4] == 8
    assert doubling.asked == [{1, 2, 3}, {4}]


async def test_who_gives_up_takes_nobody_along() -> None:
    doubled = Together(Doubling())
    impatient, patient = [asyncio.create_task(doubled.ask(number)) for number in (1, 2)]
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient)[2] == 4


async def test_what_is_forgotten_is_not_asked() -> None:
    doubling = Doubling()
    doubled = Together(doubling)
    doubled.forget(0)
    asked = asyncio.gather(*[doubled.ask(number) for number in (1, 2)])
    await asyncio.sleep(0)
    doubled.forget(1)
    assert await asked == [{2: 4}] * 2
    assert doubling.asked == [{2}]


async def test_a_failure_is_everybodys_and_the_next_call_begins_anew() -> None:
    def failing(numbers: Collection[int]) -> None:
        raise RuntimeError(sorted(numbers))

    failed = Together(failing)
    answers = await asyncio.gather(*[failed.ask(number) for number in (1, 2)], return_exceptions=True)
    assert [str(answer) for answer in answers] == ["[1, 2]"] * 2
    with pytest.raises(RuntimeError, match="3"):
        await failed.ask(3)


async def test_a_batch_that_is_stopped_is_not_joined_any_more() -> None:
    doubled = Together(Doubling())
    asked = asyncio.create_task(doubled.ask(1))
    await asyncio.sleep(0)
    [batch] = [task for task in asyncio.all_tasks() if "_answer" in repr(task.get_coro())]
    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await doubled.ask(2))[2] == 4
