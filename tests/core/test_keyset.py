"""Cursor pages skip nothing, repeat nothing, and take only cursors that were given out."""

import pytest

from accounts.models import User
from core.keyset import CursorError, page_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ORDERINGS = [("-id",), ("bio", "-id"), ("-bio", "id"), ("-date_joined", "id")]


@pytest.fixture
def people(db) -> list[User]:
    return [UserFactory(bio=f"{n % 3}") for n in range(11)]


def walk(ordering, size):
    """All pages forward, then back again from the last."""
    page = page_of(User.objects.all(), ordering=ordering, size=size)
    forward = [page]
    while page.next:
        page = page_of(User.objects.all(), ordering=ordering, size=size, cursor=page.next)
        forward.append(page)
    backward = [page]
    while page.previous:
        page = page_of(User.objects.all(), ordering=ordering, size=size, cursor=page.previous)
        backward.append(page)
    return forward, backward


@pytest.mark.parametrize("size", [1, 2, 5, 11, 20])
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_every_row_once_both_ways(people, ordering, size: int) -> None:
    forward, backward = walk(ordering, size)
    whole = list(User.objects.order_by(*ordering))
    assert [row for page in forward for row in page.rows] == whole
    assert forward[0].previous is None
    assert [row for page in reversed(backward) for row in page.rows] == whole


def test_a_row_that_comes_in_between_moves_nothing(people) -> None:
    first = page_of(User.objects.all(), ordering=("-id",), size=5)
    UserFactory()
    second = page_of(User.objects.all(), ordering=("-id",), size=5, cursor=first.next)
    assert [row.pk for row in second.rows] == [user.pk for user in people[::-1][5:10]]


@pytest.mark.parametrize("cursor", ["x", "a:b", "é", "x" * 5_000, "\x00"])
def test_a_cursor_made_up_is_refused(people, cursor: str) -> None:
    with pytest.raises(CursorError):
        page_of(User.objects.all(), ordering=("-id",), size=5, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(people) -> None:
    page = page_of(User.objects.all(), ordering=("-id",), size=5)
    with pytest.raises(CursorError):
        page_of(User.objects.all(), ordering=("id",), size=5, cursor=page.next)


def test_an_empty_list_has_no_pages(db) -> None:
    page = page_of(User.objects.all(), ordering=("-id",), size=5)
    assert (page.rows, page.next, page.previous) == ([], None, None)


def test_a_page_is_one_query(people, django_assert_num_queries) -> None:
    first = page_of(User.objects.all(), ordering=("-id",), size=5)
    with django_assert_num_queries(1):
        page_of(User.objects.all(), ordering=("-id",), size=5, cursor=first.next)
