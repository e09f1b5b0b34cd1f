"""One address belongs to one account, whoever confirms it first."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def add(client: Client, address: str):
    return client.post("/accounts/email/", {"action_add": "", "email": address})


def confirm_last_mail() -> int:
    found = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found
    return Client().post(found[1]).status_code


def test_a_second_address_can_become_the_first(alice: User, alice_page: Client) -> None:
    assert add(alice_page, "New@Example.com").status_code == 303
    assert confirm_last_mail() == 303
    assert (
        alice_page.post("/accounts/email/", {"action_primary": "", "email": "new@example.com"}).status_code
        == 303
    )
    alice.refresh_from_db()
    assert alice.email == "new@example.com"
    assert EmailAddress.objects.get(user=alice, primary=True).email == "new@example.com"
    assert (
        alice_page.post("/accounts/email/", {"action_remove": "", "email": "alice@example.com"}).status_code
        == 303
    )
    assert EmailAddress.objects.filter(user=alice).count() == 1


@pytest.mark.parametrize("address", ["bob@example.com", "BOB@example.com"])
def test_a_confirmed_address_of_somebody_else_stays_theirs(
    bob: User, alice: User, alice_page: Client, address: str
) -> None:
    """The page does not say whose it is, and not even its owner's click gives it away."""
    add(alice_page, address)
    assert [message.to for message in mail.outbox] == [["bob@example.com"]]
    assert confirm_last_mail() < 500
    alice_page.post("/accounts/email/", {"action_primary": "", "email": "bob@example.com"})
    assert not EmailAddress.objects.filter(user=alice, email="bob@example.com", verified=True).exists()
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_an_address_belongs_to_whoever_confirms_it(alice: User, alice_page: Client) -> None:
    dora = UserFactory(username="dora", email="shared@example.com", verified=False)
    assert add(alice_page, "Shared@example.com").status_code == 303
    assert confirm_last_mail() == 303
    dora.refresh_from_db()
    assert dora.email == ""
    assert not dora.emailaddress_set.exists()
    assert (
        alice_page.post("/accounts/email/", {"action_primary": "", "email": "shared@example.com"}).status_code
        == 303
    )
    alice.refresh_from_db()
    assert alice.email == "shared@example.com"


@pytest.mark.django_db(transaction=True)
def test_two_claims_that_nobody_confirmed_end_as_a_conflict_page() -> None:
    UserFactory(username="dora", email="shared@example.com", verified=False)
    erin = UserFactory(username="erin", email="erin@example.com", verified=False)
    client = Client()
    client.force_login(erin)
    add(client, "shared@example.com")
    answer = client.post("/accounts/email/", {"action_primary": "", "email": "shared@example.com"})
    assert answer.status_code == 409
    assert User.objects.get(pk=erin.pk).email == "erin@example.com"


def test_the_only_address_cannot_be_removed(alice: User, alice_page: Client) -> None:
    alice_page.post("/accounts/email/", {"action_remove": "", "email": "alice@example.com"})
    assert EmailAddress.objects.filter(user=alice).count() == 1
