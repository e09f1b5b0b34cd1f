"""People in the admin: found, read, never deleted."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import create_trader

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator_page() -> Client:
    client = Client()
    client.force_login(
        create_trader(username="mia", email="mia@example.com", password="x", is_moderator=True)
    )
    return client


def test_a_moderator_finds_and_reads_people(alice: User, moderator_page: Client) -> None:
    found = moderator_page.get("/admin/accounts/user/?q=alice")
    assert found.status_code == 200
    assert "alice@example.com" in found.content.decode()
    page = moderator_page.get(f"/admin/accounts/user/{alice.pk}/change/")
    assert page.status_code == 200


def test_but_changes_nothing(alice: User, moderator_page: Client) -> None:
    path = f"/admin/accounts/user/{alice.pk}"
    assert moderator_page.post(f"{path}/change/", {"username": "x"}).status_code == 403
    assert moderator_page.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert moderator_page.get("/admin/accounts/user/add/").status_code == 403
    assert User.objects.filter(username="alice").exists()


def test_even_a_superuser_deletes_nobody(alice: User, admin_client: Client) -> None:
    assert admin_client.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.get(f"/admin/accounts/user/{alice.pk}/change/").status_code == 200


def test_traders_have_no_business_there(alice_page: Client) -> None:
    assert alice_page.get("/admin/accounts/user/").status_code == 302
