"""Starts throw-away servers before Django reads its settings, once for all parallel workers."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from config.embedded import throwaway_servers


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = _own_database(os.environ["REDIS_URL"], int(worker.removeprefix("gw")))
        os.environ["LIVE_PREFIX"] = worker  # what is published knows no databases
    else:
        running = ExitStack()
        os.environ.update(running.enter_context(throwaway_servers()).environment())
        early_config.add_cleanup(running.close)
    return (yield)


def _own_database(redis_url: str, worker: int) -> str:
    """The workers share one Valkey; each keeps its keys in a database of its own."""
    return f"{redis_url.rsplit('/', 1)[0]}/{worker + 1}"
