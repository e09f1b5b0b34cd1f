"""`createtrader` makes people that can trade at once."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def create(capsys, *arguments: str) -> User:
    call_command("createtrader", *arguments)
    return User.objects.get(pk=int(capsys.readouterr().out))


def test_it_prints_the_id_of_somebody_who_can_sign_in(capsys) -> None:
    user = create(capsys, "dora", "--email", "dora@example.com", "--password", "secret")
    assert user.username == "dora"
    assert user.has_verified_email()
    assert not user.is_staff
    answer = Client().post("/accounts/login/", {"login": "dora", "password": "secret"})
    assert answer.headers["Location"] == "/home/"


def test_a_moderator_may_enter_the_admin(capsys) -> None:
    user = create(capsys, "mia", "--email", "mia@example.com", "--password", "secret", "--moderator")
    assert user.is_staff
    assert not user.is_superuser
    assert [group.name for group in user.groups.all()] == ["moderators"]


def test_again_it_brings_the_trader_to_the_same_state(capsys) -> None:
    first = create(capsys, "Dora", "--email", "dora@example.com", "--password", "secret")
    again = create(capsys, "dora", "--email", "Dora2@example.com", "--password", "other")
    assert first == again
    again.refresh_from_db()
    assert again.check_password("other")
    primary = EmailAddress.objects.get(user=again, primary=True)
    assert (primary.email, primary.verified) == ("dora2@example.com", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("a b", "--email", "x@example.com", "--password", "secret"),
        ("dora", "--email", "nonsense", "--password", "secret"),
        ("dora", "--email", "alice@example.com", "--password", "secret"),
    ],
)
def test_bad_input_is_one_clear_line(alice: User, arguments) -> None:
    with pytest.raises(CommandError) as raised:
        call_command("createtrader", *arguments)
    assert "\n" not in str(raised.value)
    assert not User.objects.exclude(pk=alice.pk).exists()
