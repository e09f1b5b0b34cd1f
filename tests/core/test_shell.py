"""The front door, the shell around every page, and the pages for what goes wrong."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, RequestFactory
from django.urls import reverse

from core import error_pages, navigation
from core.pages import SeeOther, render_invalid, safe_next
from tests.budget import KB, on_the_wire, static_file


@pytest.fixture
def guest():
    return Client()


@pytest.mark.parametrize("name", ["landing", "help", "rules", "styleguide"])
def test_pages_for_everybody(guest, name, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = guest.get(reverse(name))
    assert answer.status_code == 200
    assert answer.content.count(b"<h1") >= 1
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_data_may_load_nothing_wherever_they_come_from(guest, db):
    for path, status in [
        ("/api/v1/cards/", 200),
        ("/api/v1/me/", 401),
        ("/api/v1/nowhere/", 404),
        ("/healthz", 200),
    ]:
        answer = guest.get(path)
        assert answer.status_code == status
        is_data = answer["Content-Type"].endswith("json")
        assert (answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'") == is_data


def test_the_front_page_keeps_to_the_budget_of_a_first_view(guest, db):
    page = guest.get("/").content
    wanted = re.findall(
        r'(?:<link rel="(?:stylesheet|icon)"|<script)[^>]*(?:href|src)="/static/([^"]+)"', page.decode()
    )
    files = [static_file(name).read_bytes() for name in wanted]
    assert on_the_wire(page) <= 14 * KB
    assert on_the_wire(page, *files) <= 60 * KB
    assert 1 + len(files) + 1 <= 8  # the page, its files, the manifest


def test_the_style_page_is_for_developers_only(settings, guest):
    from importlib import reload

    from core import urls

    settings.DEBUG = settings.STYLEGUIDE = False
    try:
        assert "styleguide" not in [pattern.name for pattern in reload(urls).urlpatterns]
    finally:
        settings.STYLEGUIDE = True
        reload(urls)


# --- the way through the site


def test_a_guest_is_offered_what_is_for_everybody(guest, db):
    page = guest.get("/").content.decode()
    assert 'href="/accounts/login/"' in page
    assert 'href="/accounts/signup/"' in page
    assert 'href="/binder/"' not in page
    assert "tabbar" not in page


def test_a_member_has_the_ways_of_a_member(alice_page):
    page = alice_page.get("/help/").content.decode()
    assert 'class="tabbar"' in page
    assert "alice" in page
    assert 'action="/accounts/logout/"' in page


def test_a_place_that_is_not_built_yet_has_no_entry(rf, monkeypatch):
    places = (
        navigation.Place("Help", "/help/", "life-buoy", members_only=False),
        navigation.Place("Moon", "/moon/", "moon", members_only=False),
        navigation.Place("Rules", "/rules/", "scroll-text"),
    )
    monkeypatch.setattr(navigation, "PLACES", places)
    ways = navigation.navigation(rf.get("/help/")).primary
    assert [(way.label, way.current) for way in ways] == [("Help", True)]


# --- the theme


def test_the_theme_is_kept_in_a_cookie_without_a_script(guest, db):
    answer = guest.post("/theme/", {"theme": "dark", "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (303, "/help/")
    assert (answer.cookies["theme"].value, answer.cookies["theme"]["samesite"]) == ("dark", "Lax")
    assert b'data-theme="dark"' in guest.get("/help/").content
    guest.post("/theme/", {"theme": "system"})
    assert b"data-theme=" not in guest.get("/help/").content


def test_a_script_only_wants_the_cookie(guest):
    answer = guest.post("/theme/", {"theme": "light"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.cookies["theme"].value) == (204, "light")


@pytest.mark.parametrize("theme", ["", "neon", '"><script>', "dark "])
def test_an_unknown_theme_is_the_systems(guest, theme, db):
    guest.post("/theme/", {"theme": theme})
    guest.cookies["theme"] = theme
    assert b"data-theme=" not in guest.get("/help/").content


def test_a_theme_is_posted(guest):
    assert guest.get("/theme/").status_code == 405


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere(target):
    assert safe_next(RequestFactory().post("/theme/", {"next": target}), "/home/") == "/home/"


# --- installable, and without a connection


def test_the_manifest_names_icons_that_exist(guest):
    manifest = guest.get("/manifest.webmanifest").json()
    assert (manifest["name"], manifest["display"]) == ("Tradepost", "standalone")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in manifest["icons"])


def test_the_service_worker_keeps_only_the_offline_page_and_its_files(guest):
    answer = guest.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "max-age=0, must-revalidate"
    kept = re.findall(r'"(/[^"]*)"', answer.content.decode())
    assert kept[0] == "/offline/"
    assert all(path.startswith("/static/") for path in kept[1:])


def test_the_offline_page_names_nobody(alice_page):
    answer = alice_page.get("/offline/")
    assert answer.status_code == 200
    assert b"You are offline" in answer.content
    assert b"alice" not in answer.content
    assert b"csrf" not in answer.content
    assert not answer.cookies


# --- what goes wrong


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_an_error_page_needs_no_database(rf, status):
    """No database mark: a query would raise."""
    request = rf.get("/x/")
    request.COOKIES["theme"] = "dark"
    answer = error_pages.error_page(request, status, "Because <b>.", retry_after=30)
    page = answer.content.decode()
    assert answer.status_code == status
    assert f"Error {status}" in page
    assert 'data-theme="dark"' in page
    assert "Because &lt;b&gt;." in page
    assert (answer["Retry-After"], answer["Cache-Control"]) == ("30", "no-store")


def test_an_unknown_address_gets_the_sites_own_page(guest, db):
    answer = guest.get("/no/such/page/")
    assert answer.status_code == 404
    assert b"There is nothing here for you" in answer.content


def test_an_old_form_says_what_to_do(db):
    answer = Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"reload the page" in answer.content


# --- answers of page views


def test_an_invalid_form_is_422(rf):
    assert render_invalid(rf.post("/x/"), "404.html", {}).status_code == 422


def test_after_a_post_the_browser_reads_on_elsewhere():
    assert (SeeOther("/x/").status_code, SeeOther("/x/")["Location"]) == (303, "/x/")
