"""A real browser for the tests that need one.

`from tests.browser import chromium as chromium, open_page as open_page` in a test file or conftest.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module's tests.

    Not for the session: while Playwright runs, its event loop makes Django and the socket tests
    believe that they are called from asynchronous code.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no browser: none of {', '.join(NAMES)} is on the path"
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip)(reason)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """open_page(alice, "/binder/", width=…, theme=…, scripts=…) → a page of hers, that does not complain."""
    contexts, complaints = [], []

    def open_(
        user: User, path: str, width: int = 1280, theme: Any = "light", *, scripts: bool = True
    ) -> Page:
        client = Client()
        client.force_login(user)
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            service_workers="block",
        )
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    # The test server speaks no sockets, and a form is refused (409, 422) on purpose.
    expected = ("WebSocket", "status of 409", "status of 422")
    assert [line for line in complaints if not any(words in line for words in expected)] == []


def in_every_look(
    name: str, values: Iterable[str], quick: Collection[tuple[str, int, str]]
) -> pytest.MarkDecorator:
    """Parametrize by `name`, `width` and `theme`; all but `quick` of it is left to the long profile."""
    looks = itertools.product(values, (360, 1280), ("light", "dark"))
    marked = [pytest.param(*look, marks=[] if look in quick else pytest.mark.slow) for look in looks]
    return pytest.mark.parametrize((name, "width", "theme"), marked)


def check_access(page: Page, width: int) -> None:
    """The accessibility checker finds nothing, and the page fits its window of `width` pixels."""
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
