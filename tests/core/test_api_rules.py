"""Contract §1, at addresses that exist."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from types import SimpleNamespace
from typing import cast

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import Client
from django.utils import translation
from rest_framework import serializers
from rest_framework.request import Request

from accounts.models import User
from accounts.services import issue_token
from core.api.parsers import BodyError, take_body
from core.api.serializers import StrictSerializer, _reader, checked
from tests.clients import Api, problem
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/trades/x/", "/../", "/auth/tokens/-1/"])
def test_an_unknown_address_is_a_problem_not_a_page(method: str, path: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/v1" + path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_even_where_only_api_is_said() -> None:
    assert problem(Client().get("/api/"))[0] == 404


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_slash_is_optional_for_every_method(alice: User, bob: User, slash: str) -> None:
    client = Api(alice)
    assert client.get(f"/me{slash}").status_code == 200
    assert client.patch(f"/me{slash}", {"bio": "x"}).status_code == 200
    assert client.put(f"/users/bob/block{slash}").status_code == 204
    assert client.delete(f"/users/bob/block{slash}").status_code == 204
    assert problem(Api().post(f"/auth/tokens{slash}", {}))[0] == 400


def test_405_names_what_is_allowed(alice: User) -> None:
    answer = Api(alice).post("/me/", {})
    assert problem(answer) == (405, "method_not_allowed", [])
    assert answer.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


def test_405_also_for_a_token_without_scopes(alice: User) -> None:
    assert problem(Api(alice, ["read"]).delete("/me/"))[0] == 405


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_other_types_are_415(alice: User, kind: str) -> None:
    client = Api(alice)
    answer = client.generic("PATCH", "/api/v1/me/", "bio=x", kind)
    assert problem(answer) == (415, "unsupported_media_type", [])


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "application/problem+json", "image/png", "x"])
def test_nobody_is_turned_away_for_an_accept_header(alice: User, accept: str) -> None:
    answer = Api(alice).get("/me/", Accept=accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "7"])
def test_a_body_that_is_no_object_is_refused_as_a_whole(alice: User, body: str) -> None:
    status, code, [(pointer, _fault)] = problem(Api(alice).patch("/me/", body.encode()))
    assert (status, code, pointer) == (400, "invalid", "")


class Numbers(StrictSerializer):
    number = serializers.IntegerField(min_value=1)


def refusal_of(number: int) -> str:
    with pytest.raises(serializers.ValidationError) as refused:
        checked(Numbers, cast(Request, SimpleNamespace(data={"number": number})))
    return str(refused.value.detail)


def test_a_body_is_refused_in_the_language_of_its_reader() -> None:
    """Its serializer stays, and with it what it said first."""
    first = refusal_of(0)
    with translation.override("de"):
        assert refusal_of(0) != first
    assert refusal_of(0) == first


def test_each_thread_reads_with_a_serializer_of_its_own() -> None:
    """REST framework puts a message into words in place: a second thread would find it half done."""
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(_reader, Numbers, False).result() is not _reader(Numbers, False)
    assert _reader(Numbers, False) is _reader(Numbers, False) is not _reader(Numbers, True)


def test_who_is_signed_in_may_browse(alice_page: Client) -> None:
    answer = alice_page.get("/api/v1/me/", headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    refused = alice_page.get("/api/v1/users/nobody/", headers={"Accept": "text/html"})
    assert problem(refused) == (404, "not_found", [])


def body_of(size: int) -> bytes:
    start, end = b'{"bio": "', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


def test_a_body_may_have_a_mebibyte(alice: User) -> None:
    client = Api(alice)
    assert problem(client.patch("/me/", body_of(1024**2))) == (400, "invalid", [("/bio", "max_length")])
    assert problem(client.patch("/me/", body_of(1024**2 + 1))) == (413, "too_large", [])


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"10")], [(b"content-length", b"x")]])
def test_the_length_is_counted_not_believed(headers) -> None:
    """A chunked body tells no length; daphne hands over what arrived."""
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    request = ASGIRequest(scope, BytesIO(b"x" * 101))
    with pytest.raises(BodyError) as raised:
        take_body(request, 100)
    assert raised.value.status == 413
    request = ASGIRequest(scope, BytesIO(b"x" * 100))
    take_body(request, 100)
    assert request.body == b"x" * 100
    assert request.META["CONTENT_LENGTH"] == "100"


def test_a_length_that_is_too_large_is_enough(alice: User) -> None:
    client = Api(alice)
    answer = client.generic("PATCH", "/api/v1/me/", b"{}", "application/json", CONTENT_LENGTH="2000000")
    assert problem(answer) == (413, "too_large", [])


@pytest.mark.parametrize("path", ["/users/a%00b/", "/me/?q=%00", "/auth/tokens/?cursor=%00"])
def test_null_bytes_in_the_address_are_400(alice: User, path: str) -> None:
    assert problem(Api(alice).get(path)) == (400, "malformed", [])


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("page_size=0", "/page_size"),
        ("page_size=101", "/page_size"),
        ("page_size=x", "/page_size"),
        ("page_size=-1", "/page_size"),
        ("page_size=%D9%A3", "/page_size"),
        ("page_size=99999999999999999999", "/page_size"),
        ("cursor=x", "/cursor"),
        ("cursor=%ff", "/cursor"),
        ("ordering=digest", "/ordering"),
    ],
)
def test_a_bad_query_is_pointed_at(alice: User, query: str, pointer: str) -> None:
    assert problem(Api(alice).get(f"/auth/tokens/?{query}")) == (400, "invalid", [(pointer, "invalid")])


def test_lists_come_in_pages(alice: User) -> None:
    client = Api(alice)
    for _ in range(4):
        issue_token(by=alice, scopes=["read"])
    first = client.get("/auth/tokens/?page_size=2").json()
    assert (len(first["results"]), first["previous"]) == (2, None)
    second = (
        Client(headers={"Authorization": client.defaults["HTTP_AUTHORIZATION"]}).get(first["next"]).json()
    )
    assert len(second["results"]) == 2
    assert {row["id"] for row in first["results"]}.isdisjoint(row["id"] for row in second["results"])


def test_a_session_needs_its_csrf_token(alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    answer = browser.patch("/api/v1/me/", "{}", content_type="application/json")
    assert problem(answer) == (403, "csrf_failed", [])
    assert browser.get("/api/v1/me/").status_code == 200


def test_limits_are_told_and_kept(alice: User, settings) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    client = Api(alice)
    left = [client.get("/me/") for _ in range(3)]
    assert [answer.status_code for answer in left] == [200, 200, 429]
    assert left[0].headers["RateLimit-Policy"] == '"user";q=2;w=60'
    assert left[0].headers["RateLimit"] == '"user";r=1;t=60'
    assert problem(left[2]) == (429, "throttled", [])
    assert 0 < int(left[2].headers["Retry-After"]) <= 60


def test_strangers_are_counted_by_address(settings) -> None:
    settings.API_CALLS_PER_MINUTE_AND_ADDRESS = 1
    assert Api().post("/auth/tokens/", {}).status_code == 400
    assert problem(Api().post("/auth/tokens/", {}))[0] == 429


def test_times_have_an_offset(alice: User) -> None:
    UserFactory(username="dora")
    assert Api(alice).get("/users/dora/").json()["member_since"].endswith("Z")


def test_utf8_it_is(alice: User) -> None:
    client = Api(alice)
    client.patch("/me/", json.dumps({"bio": "žluťoučký 🐎"}, ensure_ascii=False).encode())
    answer = client.get("/me/")
    assert "žluťoučký 🐎".encode() in answer.content
