"""Joining, signing in and out, the second factor: as a browser does it."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import SEEN_EVERY, issue_token
from core.clock import database_now
from tests.clients import Api

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def sign_in(client: Client, login: str = "alice", password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password})


def prove_again(client: Client) -> None:
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 303


def is_signed_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def join(client: Client, **changes: str):
    form = {"username": "dora", "email": "dora@example.com", "password1": PASSWORD} | changes
    return client.post("/accounts/signup/", form)


def link_in(message) -> str:
    found = re.search(r"http://testserver(\S+)", message.body)
    assert found
    return found[1]


def test_joining_leads_home_and_asks_for_the_address() -> None:
    client = Client()
    answer = join(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/home/")
    dora = User.objects.get(username="dora")
    assert "confirm the address before your first offer" in client.get("/settings/").content.decode()
    assert not dora.has_verified_email()
    (message,) = mail.outbox
    assert message.to == ["dora@example.com"]
    assert [kind for _body, kind in message.alternatives] == ["text/html"]
    page = client.get(link_in(message))
    assert page.status_code == 200
    assert not dora.has_verified_email()  # a mail scanner that follows links confirms nothing
    assert client.post(link_in(message)).status_code == 303
    assert dora.has_verified_email()


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "al"},
        {"username": "alice"},
        {"username": "ALICE"},
        {"username": "admin"},
        {"username": "dörte"},
        {"username": "a\x00b"},
        {"email": "nonsense"},
        {"email": "Alice@example.com"},
        {"email": ""},
        {"password1": "short"},
        {"password1": "password123"},
        {"password1": "1234567890123"},
    ],
)
def test_a_form_that_does_not_do_comes_back_with_422(alice: User, changes) -> None:
    answer = join(Client(), **changes)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert list(User.objects.all()) == [alice]


@pytest.mark.parametrize("login", ["alice", "Alice", "alice@example.com", "ALICE@example.com"])
def test_a_name_or_an_address_will_do(alice: User, login: str) -> None:
    client = Client()
    answer = sign_in(client, login)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/home/")
    assert is_signed_in(client)


def test_every_failed_sign_in_looks_the_same(alice: User) -> None:
    User.objects.create_user("closed", "closed@example.com", PASSWORD, is_active=False)
    tries = [
        ("alice", "wrong password"),
        ("nobody", PASSWORD),
        ("alice@example.com", "wrong password"),
        ("nobody@example.com", PASSWORD),
        ("closed", PASSWORD),
        ("closed@example.com", PASSWORD),
    ]
    pages = set()
    for login, password in tries:
        answer = sign_in(Client(), login, password)
        assert answer.status_code == 422
        page = answer.content.decode().replace(login, "LOGIN")
        pages.add(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
    assert len(pages) == 1
    assert "The name, the e-mail address or the password is wrong." in pages.pop()


def test_failed_sign_ins_are_throttled(alice: User) -> None:
    for _attempt in range(5):
        assert sign_in(Client(), password="wrong").status_code == 422
    answer = sign_in(Client())
    assert answer.status_code == 422
    assert "Too many failed sign-ins" in answer.content.decode()


def test_a_reset_is_promised_to_everybody_and_works_for_who_is_there(alice: User) -> None:
    token = Api(alice)
    answers = []
    for address in ("alice@example.com", "nobody@example.com"):
        answer = Client().post("/accounts/password/reset/", {"email": address})
        answers.append((answer.status_code, answer.headers["Location"]))
    assert answers[0] == answers[1] == (303, "/accounts/password/reset/done/")
    assert [message.to for message in mail.outbox] == [["alice@example.com"], ["nobody@example.com"]]
    client = Client()
    page = client.get(link_in(mail.outbox[0]), follow=True)
    path = page.redirect_chain[-1][0]
    done = client.post(path, {"password1": "another horse battery", "password2": "another horse battery"})
    assert done.status_code == 303
    assert token.get("/me/").status_code == 401
    assert sign_in(Client()).status_code == 422
    assert sign_in(Client(), password="another horse battery").status_code == 303


def code_of(secret: str, steps: int = 0) -> str:
    counter = int(timezone.now().timestamp()) // 30 + steps
    return format_hotp_value(hotp_value(secret, counter))


def test_a_second_factor_is_asked_for_everywhere(alice: User) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 302
    prove_again(client)
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 422
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 303
    assert client.get("/accounts/2fa/").status_code == 200
    codes = RecoveryCodes(Authenticator.objects.get(user=alice, type="recovery_codes")).get_unused_codes()

    fresh = Client()
    answer = sign_in(fresh)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/accounts/2fa/authenticate/")
    assert not is_signed_in(fresh)
    assert fresh.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 422
    assert fresh.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 303
    assert is_signed_in(fresh)

    body = {"username": "alice", "password": PASSWORD, "scopes": ["read"]}
    assert Api().post("/auth/tokens/", body).json()["code"] == "credentials_invalid"
    assert Api().post("/auth/tokens/", body | {"otp": codes[0]}).status_code == 401  # used up
    assert Api().post("/auth/tokens/", body | {"otp": codes[1]}).status_code == 201


def test_totp_is_what_the_book_says(alice: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    body = {"username": "alice", "password": PASSWORD, "scopes": ["read"], "otp": code_of(secret)}
    assert Api().post("/auth/tokens/", body).status_code == 201
    assert Api().post("/auth/tokens/", body).status_code == 401  # the same code does not work twice


def test_signing_out_needs_a_press(alice: User) -> None:
    client = Client()
    sign_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/accounts/logout/").status_code == 303
    assert not is_signed_in(client)


PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/reauthenticate/",
    "/settings/",
    "/settings/offers/",
    "/settings/privacy/",
    "/settings/blocks/",
    "/settings/tokens/",
]


@pytest.mark.parametrize("path", PAGES)
def test_account_pages_are_for_members(alice: User, path: str) -> None:
    stranger = Client().get(path)
    assert stranger.status_code == 302
    assert stranger.headers["Location"].startswith("/accounts/login/")
    client = Client()
    sign_in(client)
    prove_again(client)
    page = client.get(path)
    assert page.status_code == 200
    assert 'class="page-header"' in page.content.decode()


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_entrances_wear_the_sites_clothes(path: str) -> None:
    page = Client().get(path)
    assert page.status_code == 200
    assert 'class="page-header"' in page.content.decode()


def test_an_old_link_says_so(db) -> None:
    assert Client().get("/accounts/confirm-email/nonsense/").status_code == 200
    assert Client().get("/accounts/password/reset/key/1-nonsense/").status_code == 200


def test_the_suspended_keep_what_was_begun(alice: User, alice_page: Client) -> None:
    assert alice_page.get("/u/alice/").status_code == 200
    User.objects.filter(pk=alice.pk).update(suspended_until=database_now() + timedelta(days=1))
    assert alice_page.get("/u/alice/").status_code == 403
    assert alice_page.get("/settings/").status_code == 200
    assert alice_page.get("/api/v1/me/").json()["code"] == "suspended"
    User.objects.filter(pk=alice.pk).update(suspended_until=database_now() - timedelta(days=1))
    assert alice_page.get("/u/alice/").status_code == 200


def test_a_visit_is_noted_once_in_a_while(alice: User, alice_page: Client) -> None:
    User.objects.filter(pk=alice.pk).update(last_seen=None)
    alice_page.get("/help/")
    first = User.objects.get(pk=alice.pk).last_seen
    assert first is not None
    alice_page.get("/help/")
    assert User.objects.get(pk=alice.pk).last_seen == first
    User.objects.filter(pk=alice.pk).update(last_seen=first - SEEN_EVERY)
    alice_page.get("/help/")
    assert User.objects.get(pk=alice.pk).last_seen >= first


def test_tokens_can_be_made_and_ended_on_a_page(alice: User) -> None:
    client = Client()
    sign_in(client)
    assert client.post("/settings/tokens/", {"name": "x", "days": 30}).status_code == 302
    prove_again(client)
    assert client.post("/settings/tokens/", {"name": "x", "days": 30}).status_code == 422
    page = client.post("/settings/tokens/", {"name": "sorter", "scopes": ["read", "binder"], "days": 30})
    assert page.status_code == 201
    assert "no-store" in page.headers["Cache-Control"]
    found = re.search(r'id="new-token" value="(\w{64})"', page.content.decode())
    assert found
    program = Api()
    program.defaults["HTTP_AUTHORIZATION"] = f"Token {found[1]}"
    assert program.get("/me/").status_code == 200
    assert found[1] not in client.get("/settings/tokens/").content.decode()
    (token,) = alice.auth_token_set.all()
    assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 303
    assert program.get("/me/").status_code == 401


def test_nobody_ends_a_strangers_token(alice: User, charlie_page: Client) -> None:
    token, _key = issue_token(by=alice, scopes=["read"])
    assert charlie_page.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert alice.auth_token_set.count() == 1


def test_people_come_in_while_redis_is_away(alice: User, settings) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    client = Client()
    assert sign_in(client, password="wrong horse battery").status_code == 422
    assert sign_in(client).status_code == 303
    assert is_signed_in(client)
