"""A Valkey and a web process of one's own, to be killed and started again where they were."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.valkey import Valkey, valkey
from tests.journeys.site import free_port, servers, wait_for

NO_LIMITS = {
    "API_CALLS_PER_MINUTE": "1000000",
    "API_CALLS_PER_MINUTE_AND_ADDRESS": "1000000",
    "MESSAGES_PER_MINUTE": "1000000",
    "LOG_LEVEL": "ERROR",
}


class Redis:
    """A Valkey that keeps nothing, on a port that stays its own."""

    def __init__(self, home: Path) -> None:
        self._server: Valkey = valkey(home, durable=False)
        self.url = self._server.url
        self.start()

    def start(self) -> None:
        program = self._server.program()
        self._process = subprocess.Popen(program.command, cwd=program.cwd)
        while not self._server.answers():
            time.sleep(0.02)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


class Web:
    """One daphne that serves everything, on the test's database and the given Redis."""

    def __init__(self, redis_url: str) -> None:
        self._port, self._redis_url = free_port(), redis_url
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        environment = {**os.environ, **servers(), **NO_LIMITS}
        environment |= {"REDIS_URL": self._redis_url, "PORT": str(self._port)}
        address = ["-b", "127.0.0.1", "-p", str(self._port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "daphne", *address, "config.asgi:application"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        wait_for(f"{self.address}/healthz", self._process)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@contextmanager
def redis_in(home: Path) -> Iterator[Redis]:
    server = Redis(home)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def web_on(redis_url: str) -> Iterator[Web]:
    web = Web(redis_url)
    try:
        web.wait()
        yield web
    finally:
        web.kill()
