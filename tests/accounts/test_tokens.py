"""Programs get scoped, hashed tokens that end with the password."""

from datetime import timedelta

import pytest

import core.redis
from accounts.models import ApiToken, Scope, User
from accounts.services import SEEN_EVERY, issue_token
from core.clock import clock_moved, database_now
from tests.clients import Api, problem

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def ask(**changes):
    body = {"username": "alice", "password": PASSWORD, "scopes": ["read", "trade"]} | changes
    return Api().post("/auth/tokens/", {name: value for name, value in body.items() if value is not None})


def test_a_password_gets_a_token_once(alice: User) -> None:
    answer = ask()
    assert answer.status_code == 201
    body = answer.json()
    assert body["scopes"] == ["read", "trade"]
    token = ApiToken.objects.get()
    assert token.digest != body["token"]
    assert body["token"] not in str(list(ApiToken.objects.values()))
    client = Api()
    client.defaults["HTTP_AUTHORIZATION"] = f"Token {body['token']}"
    assert client.get("/me/").json()["username"] == "alice"
    listed = client.get("/auth/tokens/").json()["results"]
    assert [row["id"] for row in listed] == [token.pk]
    assert "token" not in listed[0]


def test_an_email_address_will_do_as_a_name(alice: User) -> None:
    assert ask(username="alice@example.com").status_code == 201


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"scopes": []}, "/scopes", "empty"),
        ({"scopes": ["root"]}, "/scopes/0", "invalid_choice"),
        ({"scopes": "read"}, "/scopes", "not_a_list"),
        ({"scopes": None}, "/scopes", "required"),
        ({"password": ""}, "/password", "blank"),
        ({"user": "alice"}, "/user", "unknown_key"),
        ({"expires_at": "2030-01-01T00:00:00"}, "/expires_at", "naive"),
    ],
)
def test_a_bad_body_is_pointed_at(alice: User, changes, pointer: str, code: str) -> None:
    assert problem(ask(**changes)) == (400, "invalid", [(pointer, code)])
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [-1, 367])
def test_a_token_lives_a_year_at_most(alice: User, days: int) -> None:
    answer = ask(expires_at=(database_now() + timedelta(days=days)).isoformat())
    assert problem(answer) == (400, "invalid_expiry", [])


@pytest.mark.parametrize(
    "changes", [{"password": "wrong"}, {"username": "nobody"}, {"username": "bob"}, {"username": "carol"}]
)
def test_every_failed_sign_in_sounds_the_same(alice: User, changes, django_user_model) -> None:
    User.objects.create_user("bob", "bob@example.com", PASSWORD, banned_at=database_now())
    User.objects.create_user("carol", "carol@example.com", PASSWORD, is_active=False)
    answer = ask(**changes)
    assert problem(answer) == (401, "credentials_invalid", [])
    assert answer.json()["detail"] == "The name, the password or the one-time code is wrong."


def test_failed_sign_ins_are_throttled_per_account(alice: User) -> None:
    codes = [problem(ask(password="wrong"))[:2] for _attempt in range(6)]
    assert codes == [(401, "credentials_invalid")] * 5 + [(429, "too_many_attempts")]
    refused = ask()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token x",
        "Token a b",
        "Token " + "0" * 64,
        "Token \xff\xfe",
        "Token " + "é" * 32,
        "Token \x01",
        "Token " + "9" * 5_000,
    ],
)
def test_odd_tokens_are_401(db, header: str) -> None:
    client = Api()
    client.defaults["HTTP_AUTHORIZATION"] = header
    answer = client.get("/me/")
    assert problem(answer)[0] == 401
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_no_token_is_401(db) -> None:
    assert problem(Api().get("/me/")) == (401, "not_authenticated", [])


def test_a_token_does_what_its_scopes_say(alice: User) -> None:
    reader = Api(alice, ["read"])
    assert reader.get("/me/").status_code == 200
    assert problem(reader.patch("/me/", {"bio": "hi"})) == (403, "insufficient_scope", [])
    trader = Api(alice, ["trade"])
    assert trader.patch("/me/", {"bio": "hi"}).status_code == 200
    assert problem(trader.get("/me/")) == (403, "insufficient_scope", [])


def test_a_token_ends_by_itself(alice: User) -> None:
    client = Api(alice)
    assert client.get("/me/").status_code == 200
    with clock_moved(timedelta(days=91)):
        assert client.get("/me/").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"banned_at": "now"},
        {"suspended_until": "later"},
    ],
)
def test_a_token_ends_with_its_users_standing(alice: User, change) -> None:
    client = Api(alice)
    assert client.get("/me/").status_code == 200
    times = {"now": database_now(), "later": database_now() + timedelta(days=1)}
    User.objects.filter(pk=alice.pk).update(**{k: times.get(v, v) for k, v in change.items()})
    assert problem(client.get("/me/")) == (401, "token_invalid", [])


def test_a_new_password_ends_all_tokens(alice: User) -> None:
    client = Api(alice)
    assert client.get("/me/").status_code == 200
    alice.set_password("another horse battery")
    alice.save()
    assert client.get("/me/").status_code == 401


def test_one_may_revoke_only_ones_own(alice: User, charlie: User) -> None:
    token, _key = issue_token(by=alice, scopes=["read"])
    assert problem(Api(charlie).delete(f"/auth/tokens/{token.pk}/")) == (404, "not_found", [])
    assert Api(alice).delete(f"/auth/tokens/{token.pk}/").status_code == 204
    assert not ApiToken.objects.filter(pk=token.pk).exists()
    assert problem(Api(alice).delete(f"/auth/tokens/{2**63}/")) == (404, "not_found", [])


def test_its_use_is_noted_once_in_a_while(alice: User, django_assert_num_queries) -> None:
    client = Api(alice, [Scope.READ])
    client.get("/users/alice/")
    assert ApiToken.objects.get().last_used_at is not None
    with django_assert_num_queries(2):  # the token with its user, and the profile
        client.get("/users/alice/")
    with clock_moved(SEEN_EVERY), django_assert_num_queries(4):  # and both are noted
        client.get("/users/alice/")


@pytest.mark.parametrize(("key", "queries"), [("abc", 0), ("é" * 64, 0), ("a" * 64, 1)])
def test_what_is_no_token_costs_nothing(db: None, key: str, queries: int, django_assert_num_queries) -> None:
    program = Api()
    program.defaults["HTTP_AUTHORIZATION"] = f"Token {key}"
    with django_assert_num_queries(queries):
        assert program.get("/me/").status_code == 401


def test_without_redis_there_is_no_ticket_for_now(alice: User, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    api = Api(alice, [Scope.READ])
    core.redis.connection.cache_clear()
    try:
        answer = api.post("/auth/ws-ticket/")
    finally:
        core.redis.connection.cache_clear()
    assert problem(answer) == (503, "unavailable", [])
    assert int(answer["Retry-After"]) > 0
