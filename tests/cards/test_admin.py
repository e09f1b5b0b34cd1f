"""Cards and lists in the admin: looked up, never changed."""

import pytest

from cards.models import Holding
from tests.conftest import page_of
from tests.factories import CardFactory, UserFactory, WantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_page():
    return page_of(UserFactory(username="root-admin", is_staff=True, is_superuser=True))


def test_cards_are_found_as_traders_find_them(staff_page, bolt):
    CardFactory(name="Sol Ring", search_name="sol ring")
    page = staff_page.get("/admin/cards/card/?q=ligtning").content.decode()
    assert ("Lightning Bolt" in page, "Sol Ring" in page) == (True, False)
    assert "2.50" in staff_page.get(f"/admin/cards/card/{bolt.card_id}/change/").content.decode()


def test_nothing_is_changed_there(staff_page, alice, bolt):
    WantFactory(owner=alice, card=bolt.card)
    for path in ("card", "holding", "want"):
        assert staff_page.get(f"/admin/cards/{path}/?q=alice").status_code == 200
    for path in ("holding/add/", f"holding/{bolt.pk}/delete/", "card/add/"):
        assert staff_page.post(f"/admin/cards/{path}", {"quantity": 1}).status_code == 403
    assert staff_page.post(f"/admin/cards/holding/{bolt.pk}/change/", {"quantity": 1}).status_code == 403
    assert Holding.objects.get().quantity == 4
