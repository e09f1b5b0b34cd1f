"""The site and its floor behind two web servers of the same kind, and a client for both."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any


@dataclass
class Site:
    """One web server, as one process with one thread; `ask` keeps its connection."""

    pid: int
    connection: HTTPConnection

    def ask(self, method: str, path: str, *, body: bytes = b"", status: int = 200, **headers: str) -> bytes:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            named["Content-Type"] = "application/json"
        self.connection.request(method, path, body, named)
        response = self.connection.getresponse()
        answer = response.read()
        assert response.status == status, (response.status, answer[:500])
        return answer


@contextmanager
def sites() -> Iterator[tuple[Site, Site]]:
    """Ours and the floor, both behind granian (WSGI) on the database of this process."""
    with _served("config.settings") as ours, _served("bench.floor_settings") as floor:
        yield ours, floor


@contextmanager
def _served(settings: str) -> Iterator[Site]:
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    options = ["--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-access-log"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "API_CALLS_PER_MINUTE": "1000000"}
    server = subprocess.Popen(
        [*command, *options, "--log-level", "error", "config.wsgi:application"], env=environment
    )
    try:
        yield Site(server.pid, _connected(port))
    finally:
        server.terminate()
        server.wait(10)


def _connected(port: int) -> HTTPConnection:
    deadline = time.monotonic() + 30
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.connect()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def token_of(user: Any) -> str:
    from accounts.services import issue_token

    return "Token " + issue_token(by=user, scopes=["read", "trade"])[1]


def session_of(user: Any) -> str:
    """The cookie of a new sign-in."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies[settings.SESSION_COOKIE_NAME].value}"
