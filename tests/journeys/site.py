"""The real site on a port of its own: daphne as a process, on the test's database and Valkey."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page

from accounts.models import User

PATIENCE = 30  # seconds for the process to listen


@contextmanager
def running_site() -> Iterator[str]:
    """The address of a daphne that serves the test database; gone when the block ends."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "config.asgi:application"],
        env={**os.environ, **servers(), "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(f"{address}/healthz", process)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def servers() -> dict[str, str]:
    """The test database as a URL: the one of the environment, with the name that the test has made."""
    given = os.environ["DATABASE_URL"]
    name = str(connection.settings_dict["NAME"])
    before, _slash, _old = given.rpartition("/")
    if "?" in given:
        path, query = given.split("?", 1)
        return {"DATABASE_URL": f"{path.rpartition('/')[0]}/{name}?{query}", "REDIS_URL": settings.REDIS_URL}
    return {"DATABASE_URL": f"{before}/{name}", "REDIS_URL": settings.REDIS_URL}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"daphne ended with {process.returncode}")
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"nothing at {address} after {PATIENCE} s")


def signed_in(
    browser: Browser, site: str, user: User, width: int = 1280, *, java_script_enabled: bool = True
) -> Page:
    """A tab of `user`'s, in a browser profile of its own."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, base_url=site, java_script_enabled=java_script_enabled
    )
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    return context.new_page()
