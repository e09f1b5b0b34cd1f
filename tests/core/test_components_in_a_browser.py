"""What only a browser can tell: the accessibility checker finds nothing, and scripts add but are not needed."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core import navigation
from tests.browser import in_every_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# The rest of the accessibility matrix belongs to the full profile.
QUICK = {("/styleguide/", 360, "light"), ("/styleguide/", 1280, "dark"), ("/", 360, "dark")}


@pytest.fixture
def open_page(chromium, live_server):
    """open_page("/path/", width=…, theme=…, scripts=…, member=…) → a page of its own, whose console must stay silent."""
    contexts, complaints = [], []

    def open_(path, width=1280, theme="light", scripts=True, member=None):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            service_workers="block",
        )
        contexts.append(context)
        if member:
            session = member.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    # The test server speaks no sockets, and a missing page is asked for on purpose.
    assert [line for line in complaints if "WebSocket" not in line and "status of 404" not in line] == []


@in_every_look("path", ("/styleguide/", "/", "/help/", "/rules/", "/no/such/page/", "/offline/"), QUICK)
def test_the_accessibility_checker_finds_nothing(open_page, path, width, theme):
    page = open_page(path, width, theme)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_target_on_the_style_page_can_be_hit_with_a_thumb(open_page):
    page = open_page("/styleguide/", 360)
    too_small = page.evaluate(
        """() => [...document.querySelectorAll("main .button, main summary, main input, main select, .tabs a")]
             .filter(e => e.offsetParent && !e.closest(".guide-index"))
             .map(e => e.matches("[type=checkbox], [type=radio]") ? e.closest(".check, label") : e)
             .filter(e => e.getBoundingClientRect().height < 43.5)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert too_small == []


def test_the_error_summary_has_the_focus(open_page):
    page = open_page("/styleguide/")
    assert page.evaluate("document.activeElement.className") == "error-summary bad"


def test_a_dialog_opens_modally_closes_and_gives_the_focus_back(open_page):
    page = open_page("/styleguide/")
    page.get_by_role("link", name="Decline…").click()
    expect(page.locator("#decline-dialog:modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#decline-dialog")).to_be_hidden()
    expect(page.get_by_role("link", name="Decline…")).to_be_focused()


def test_a_dialog_opens_and_closes_without_a_script(open_page):
    page = open_page("/styleguide/", scripts=False)
    dialog = page.locator("#decline-dialog")
    page.get_by_role("link", name="Decline…").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_theme_can_be_switched(open_page, scripts):
    page = open_page("/", scripts=scripts)
    light = page.locator("body").evaluate("body => getComputedStyle(body.parentElement).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.locator("body").evaluate("body => getComputedStyle(body.parentElement).backgroundColor")
    assert dark != light
    page.wait_for_timeout(300)  # the cookie travels beside the page
    page.goto("/help/")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"


def test_a_toast_can_be_sent_away(open_page):
    page = open_page("/styleguide/")
    toast = page.locator("#sample-toasts .toast").first
    words = toast.inner_text()
    toast.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#sample-toasts .toast").first).not_to_have_text(words)


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(open_page):
    page = open_page("/", 360)
    page.locator("header summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("header details:not([open])")).to_have_count(1)
    expect(page.locator("header summary")).to_be_focused()


def test_more_opens_above_the_tabs_of_a_phone(open_page, alice_page, monkeypatch):
    monkeypatch.setattr(navigation, "PLACES", navigation.FOOT)
    monkeypatch.setattr(navigation, "TABS", ("/help/",))
    page = open_page("/help/", 360, member=alice_page)
    page.locator(".tabbar summary").click()
    box = page.locator(".tabbar .menu").bounding_box()
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 360
    assert 0 <= box["y"] <= box["y"] + box["height"] <= 800
    expect(page.locator(".tabbar .menu a").first).to_be_visible()


def test_the_first_key_skips_to_the_content(open_page):
    page = open_page("/help/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_site_says_so_when_there_is_no_connection(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    context.set_offline(True)
    page.goto("/rules/")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.sorry')).display") == "grid"
    context.close()
