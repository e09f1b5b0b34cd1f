"""From a socket's loop to the database and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(call: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`call` in one of the loop's threads, with a database connection that goes back to the pool afterwards.

    Not in the one thread that all synchronous code of a process shares by default: there a single
    message that waits for a lock would hold up every socket.
    """

    def tidied(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        finally:
            # In here: outside of the call's own context there is no connection to be seen.
            connections.close_all()

    return sync_to_async(tidied, thread_sensitive=False)
