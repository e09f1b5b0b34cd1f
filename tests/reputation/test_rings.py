"""Rings are listed with their evidence; honest traders are not."""

from itertools import combinations

import pytest
from django.contrib.auth.models import Group

from accounts.services import MODERATORS
from reputation.rings import find_rings
from reputation.services import submit_review
from tests.conftest import page_of
from tests.factories import UserFactory
from tests.reputation.conftest import GOOD

pytestmark = pytest.mark.django_db


@pytest.fixture
def praise(swapped):
    def swap_and_praise(one, other):
        trade = swapped(one, other)
        for by in (one, other):
            submit_review(proposal_id=trade.pk, by=by, ratings=GOOD)

    return swap_and_praise


@pytest.fixture
def ring(praise):
    """Three who praise each other in turn, and somebody outside once."""
    three = [UserFactory(username=f"sock{n}") for n in range(3)]
    for _ in range(3):
        for n in range(3):
            praise(three[n], three[(n + 1) % 3])
    praise(three[0], UserFactory())
    return three


def test_a_ring_is_found_with_its_evidence(ring, moderator):
    (found,) = find_rings()
    assert [(m.user.username, m.inside, m.total) for m in found.members] == [
        ("sock0", 6, 7),
        ("sock1", 6, 6),
        ("sock2", 6, 6),
    ]
    assert (found.inside, found.total, found.share_pct, found.trades) == (18, 19, 95, 9)
    assert (found.average_inside, found.value) == (5, 180)
    page = page_of(moderator).get("/admin/moderation/moderationaction/rings/")
    assert page.status_code == 200
    assert "3 accounts: 18 of 19 reviews (95 %) from inside" in page.content.decode()
    assert all(user.banned_at is None for user in ring)


def test_a_large_ring_in_which_no_two_share_much_is_found_too(praise):
    seven = [UserFactory(username=f"sock{n}") for n in range(7)]
    for one, other in combinations(seven, 2):
        praise(one, other)
    (found,) = find_rings()
    assert (len(found.members), found.inside, found.total) == (7, 42, 42)


def test_who_trades_with_many_is_in_none(praise, alice):
    for _ in range(6):
        praise(alice, UserFactory())
    assert find_rings() == []


def test_two_beginners_who_met_once_are_none(praise, alice, bob):
    praise(alice, bob)
    assert find_rings() == []


def test_is_for_moderators(ring, alice):
    staff = UserFactory(username="clerk", is_staff=True)
    assert page_of(staff).get("/admin/moderation/moderationaction/rings/").status_code == 403
    staff.groups.add(Group.objects.get(name=MODERATORS))
    assert page_of(staff).get("/admin/moderation/moderationaction/rings/").status_code == 200
