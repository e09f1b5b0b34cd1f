"""Settings, public profiles, blocks, in a browser without scripts."""

import pytest
from django.test import Client

from accounts.models import Block, User
from core.clock import database_now

pytestmark = pytest.mark.django_db
PROFILE = {
    "display_name": "Alice L.",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "bio": "Old frames.",
    "vacation_until": "",
}


def test_a_profile_can_be_told(alice: User, alice_page: Client) -> None:
    answer = alice_page.post("/settings/", PROFILE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/")
    seen = Client().get("/u/alice/").content.decode()
    assert "Alice L." in seen
    assert "Germany" in seen
    assert "Old frames." in seen


@pytest.mark.parametrize(
    "changes", [{"time_zone": "Mars"}, {"country": "XX"}, {"bio": "x" * 1_001}, {"vacation_until": "soon"}]
)
def test_what_does_not_do_comes_back_and_nothing_changes(alice: User, alice_page: Client, changes) -> None:
    answer = alice_page.post("/settings/", PROFILE | changes)
    assert answer.status_code == 422
    assert User.objects.get(pk=alice.pk).bio == ""
    assert "Alice L." in answer.content.decode()


def test_offers_and_privacy(alice: User, alice_page: Client) -> None:
    form = {
        "offers_by": "mail",
        "offers_from_countries": ["DE", "AT"],
        "offers_min_value": "5",
        "offers_min_tier": "bronze",
    }
    assert alice_page.post("/settings/offers/", form).status_code == 303
    assert alice_page.post("/settings/privacy/", {"shows_typing": "on"}).status_code == 303
    alice.refresh_from_db()
    assert (alice.offers_by, alice.offers_from_countries, alice.offers_min_tier) == (
        "mail",
        ["DE", "AT"],
        "bronze",
    )
    assert (alice.shows_receipts, alice.shows_typing, alice.shows_presence) == (False, True, False)
    assert alice_page.post("/settings/offers/", form | {"offers_min_value": "-1"}).status_code == 422
    page = Client().get("/u/alice/").content.decode()
    assert "Germany, Austria" in page
    assert "mail only" in page


def test_markup_in_a_profile_stays_text(alice: User, alice_page: Client) -> None:
    alice_page.post("/settings/", PROFILE | {"bio": "<script>alert(1)</script>", "display_name": "<b>x"})
    page = Client().get("/u/alice/").content.decode()
    assert "<script>alert" not in page
    assert "<b>x" not in page


def test_a_block_by_a_press_and_back(alice: User, bob: User, alice_page: Client, bob_page: Client) -> None:
    assert bob_page.get("/u/alice/").status_code == 200
    assert alice_page.post("/u/bob/block/").status_code == 303
    assert "bob" in alice_page.get("/settings/blocks/").content.decode()
    assert bob_page.get("/u/alice/").status_code == 404
    assert "alice" not in bob_page.get("/settings/blocks/").content.decode().replace("bob", "")
    assert alice_page.post("/u/bob/unblock/").status_code == 303
    assert bob_page.get("/u/alice/").status_code == 200


def test_hidden_people_are_one_page(alice: User, bob: User, bob_page: Client) -> None:
    User.objects.create_user("banned", "banned@example.com", banned_at=database_now())
    Block.objects.create(blocker=alice, blocked=bob)
    pages = set()
    for name in ("alice", "banned", "nobody"):
        answer = bob_page.get(f"/u/{name}/")
        assert answer.status_code == 404
        pages.add(answer.content.decode().replace(name, "NAME"))
        assert bob_page.post(f"/u/{name}/block/").status_code == 404
    assert len(pages) == 1


def test_somebody_away_says_so(alice: User) -> None:
    alice.vacation_until = database_now().date()
    alice.save()
    assert "Away" in Client().get("/u/alice/").content.decode()


def test_changes_need_a_post_and_its_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get("/u/bob/block/").status_code == 405
    answer = client.post("/settings/", PROFILE)
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()


def test_the_blocks_page_costs_the_same_for_one_and_three(
    alice: User, bob: User, charlie: User, alice_page: Client, django_assert_num_queries
) -> None:
    dora = User.objects.create_user("dora", "dora@example.com")
    Block.objects.create(blocker=alice, blocked=bob)
    alice_page.get("/settings/blocks/")
    with django_assert_num_queries(5):  # session, user, blocks, unread notifications and conversations
        alice_page.get("/settings/blocks/")
    Block.objects.create(blocker=alice, blocked=charlie)
    Block.objects.create(blocker=alice, blocked=dora)
    with django_assert_num_queries(5):
        alice_page.get("/settings/blocks/")
