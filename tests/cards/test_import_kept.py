"""The file between its preview and the confirmation."""

import pytest

from accounts.models import User
from cards.errors import CardError
from cards.imports import confirmed_upload, keep_upload, kept_upload
from cards.imports.kept import List

pytestmark = pytest.mark.django_db


def test_what_was_previewed_is_what_is_confirmed_once(alice) -> None:
    token = keep_upload(owner=alice, of="binder", content=b"4 Opt")
    assert kept_upload(owner=alice, of="binder", token=token) == b"4 Opt"
    with confirmed_upload(owner=alice, of="binder", token=token) as content:
        assert content == b"4 Opt"
        with pytest.raises(CardError, match="upload_expired"):
            kept_upload(owner=alice, of="binder", token=token)
    with pytest.raises(CardError) as refusal, confirmed_upload(owner=alice, of="binder", token=token):
        pass
    assert (refusal.value.code, refusal.value.status) == ("upload_expired", 409)


def test_a_confirmation_that_fails_may_be_tried_again(alice) -> None:
    token = keep_upload(owner=alice, of="wants", content="4 Lim-Dûl's Vault")
    with pytest.raises(ZeroDivisionError), confirmed_upload(owner=alice, of="wants", token=token):
        raise ZeroDivisionError
    assert kept_upload(owner=alice, of="wants", token=token).decode() == "4 Lim-Dûl's Vault"


def test_tokens_are_for_one_trader_and_one_list(alice, bob) -> None:
    token = keep_upload(owner=alice, of="binder", content=b"4 Opt")
    other = keep_upload(owner=bob, of="binder", content=b"1 Shock")
    strange: list[tuple[User, List, str]] = [
        (bob, "binder", token),
        (alice, "wants", token),
        (alice, "binder", other),
        (alice, "binder", ""),
    ]
    for owner, of, given in strange:
        with pytest.raises(CardError, match="upload_expired"):
            kept_upload(owner=owner, of=of, token=given)
    assert kept_upload(owner=alice, of="binder", token=token) == b"4 Opt"


def test_a_later_upload_takes_the_place_of_the_earlier(alice) -> None:
    first = keep_upload(owner=alice, of="binder", content=b"1 Opt")
    second = keep_upload(owner=alice, of="binder", content=b"2 Opt")
    with pytest.raises(CardError, match="upload_expired"):
        kept_upload(owner=alice, of="binder", token=first)
    assert kept_upload(owner=alice, of="binder", token=second) == b"2 Opt"


def test_too_large_uploads_are_not_kept(alice) -> None:
    with pytest.raises(CardError) as refusal:
        keep_upload(owner=alice, of="binder", content=b"x" * (8 * 1024 * 1024 + 1))
    assert (refusal.value.code, refusal.value.status) == ("too_large", 413)
