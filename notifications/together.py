"""What the clock asks of every socket, asked for many of a process at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from notifications.threads import in_thread

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 1.0  # seconds that the first waits for others


@dataclass(eq=False)
class _Batch(Generic[T, R]):
    answer: asyncio.Task[R]
    asked: set[T] = field(default_factory=set)


class Together(Generic[T, R]):
    """One call for all that ask within PATIENCE: a thread and a query for each cost as much as chat."""

    def __init__(self, call: Callable[[Collection[T]], R]) -> None:
        self._call = call
        self._batches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Batch[T, R]] = WeakKeyDictionary()

    async def ask(self, one: T) -> R:
        """What `call` answers to all of them; whoever gives up waiting does not stop the others."""
        loop = asyncio.get_running_loop()
        batch = self._batches.get(loop)
        if batch is None or batch.answer.done():  # stopped before it asked
            batch = self._batches[loop] = _Batch(loop.create_task(self._answer(loop)))
        batch.asked.add(one)
        return await asyncio.shield(batch.answer)

    def forget(self, one: T) -> None:
        """Do not ask for it any more, if that has not begun."""
        if batch := self._batches.get(asyncio.get_running_loop()):
            batch.asked.discard(one)

    async def _answer(self, loop: asyncio.AbstractEventLoop) -> R:
        await asyncio.sleep(PATIENCE)
        return await in_thread(self._call)(self._batches.pop(loop).asked)
