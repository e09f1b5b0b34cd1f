"""Who may stay at the live socket: asked for one, or for all of a process at once."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.door import Visitor, guest_of, guests_of, visitor_with_session, visitor_with_token
from accounts.models import ApiToken, User
from accounts.services import issue_token
from tests.conftest import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitors(alice, bob) -> list[Visitor]:
    """Two sessions of alice's, a token of hers, and a token of bob's."""
    sessions = [visitor_with_session(alice, page_of(alice).session.session_key) for _ in range(2)]
    tokens = [issue_token(by=user, scopes=["message"])[0] for user in (alice, bob)]
    found = [*sessions, *[visitor_with_token(token.user_id, token.pk) for token in tokens]]
    return [visitor for visitor in found if visitor is not None]


def both_ways(visitors: list[Visitor]) -> list[bool]:
    """Who is welcome, and that it does not matter how it is asked."""
    together = guests_of(visitors)
    assert together == {v: user for v in visitors if (user := guest_of(v)) is not None}
    return [visitor in together for visitor in visitors]


def test_all_are_welcome_in_three_queries(visitors, django_assert_num_queries) -> None:
    assert both_ways(visitors) == [True] * 4
    with django_assert_num_queries(3):
        guests_of(visitors)


def test_nobody_costs_nothing(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert guests_of([]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"deleted_at": timezone.now()},
        {"suspended_until": timezone.now() + timedelta(days=1)},
    ],
    ids=["banned", "gone", "suspended"],
)
def test_an_account_that_ended_ends_all_its_sockets_and_no_other(visitors, alice, change) -> None:
    User.objects.filter(pk=alice.pk).update(**change)
    assert both_ways(visitors) == [False, False, False, True]


def test_each_hangs_on_its_own_session_or_token(visitors) -> None:
    Session.objects.get(pk=visitors[0].session_key).delete()
    ApiToken.objects.filter(pk=visitors[3].token_id).update(expiry=timezone.now())
    assert both_ways(visitors) == [False, True, True, False]
    Session.objects.update(expire_date=timezone.now())
    assert both_ways(visitors) == [False, False, True, False]


def test_a_new_password_ends_all_that_the_old_one_opened(visitors, alice) -> None:
    alice.set_password("a new horse entirely")
    alice.save()
    assert both_ways(visitors) == [False, False, False, True]


def test_nobody_stays_on_nothing(bob) -> None:
    assert both_ways([Visitor(bob.pk)]) == [False]
