"""Trades in the admin: to be read by those who run the site, changed by nobody."""

import pytest
from django.test import Client

from tests.factories import UserFactory
from tests.trades.rows import all_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss_page() -> Client:
    client = Client()
    client.force_login(UserFactory(username="boss", is_staff=True, is_superuser=True))
    return client


def test_the_list_and_one_with_its_lines_and_events(trade, boss_page):
    listed = boss_page.get("/admin/trades/tradeproposal/?q=alice").content.decode()
    assert f"/admin/trades/tradeproposal/{trade.pk}/change/" in listed
    shown = boss_page.get(f"/admin/trades/tradeproposal/{trade.pk}/change/").content.decode()
    assert "Lightning Bolt" in shown
    assert "accepted" in shown


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_nothing_is_added_or_deleted(trade, boss_page, path):
    assert boss_page.get(f"/admin/trades/tradeproposal/{path.format(pk=trade.pk)}").status_code == 403


def test_nothing_is_changed(trade, boss_page):
    before = all_rows()
    address = f"/admin/trades/tradeproposal/{trade.pk}/change/"
    assert boss_page.post(address, {"message": "Mine now"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [trade.pk]}
    boss_page.post("/admin/trades/tradeproposal/", data)
    assert all_rows() == before


def test_no_one_else_comes_in(trade, alice_page):
    assert alice_page.get(f"/admin/trades/tradeproposal/{trade.pk}/change/").status_code == 302
