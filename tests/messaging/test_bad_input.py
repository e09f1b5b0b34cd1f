"""Every wrong call that somebody may send to chat: the right "no", in the one shape, and nothing has changed."""

import json
from typing import Any

import pytest

from messaging.models import Conversation
from tests.api import Program
from tests.messaging.rows import all_rows

pytestmark = pytest.mark.django_db

GOOD = {"client_id": "c-new", "content": "Hi"}
NUL, HALF_PAIR = "a\x00b", b'{"client_id": "c", "content": "\\ud800"}'


def refused(response: Any, status: int = 400) -> list[tuple[str, str]]:
    """The places and reasons of a refusal, checked for its shape."""
    problem = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["status"] == status
    assert problem["detail"]
    return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]


# A change to a good body → the only complaint.
WRONG_MESSAGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no client_id": ({"client_id": ...}, "/client_id", "required"),
    "client_id null": ({"client_id": None}, "/client_id", "null"),
    "client_id empty": ({"client_id": ""}, "/client_id", "blank"),
    "client_id a number": ({"client_id": 5}, "/client_id", "invalid"),
    "client_id of 65": ({"client_id": "c" * 65}, "/client_id", "max_length"),
    "client_id with a space": ({"client_id": "a b"}, "/client_id", "invalid"),
    "client_id beyond ASCII": ({"client_id": "é"}, "/client_id", "invalid"),
    "client_id with a line's end": ({"client_id": "a\n"}, "/client_id", "invalid"),
    "no content": ({"content": ...}, "/content", "blank"),
    "content empty": ({"content": ""}, "/content", "blank"),
    "content of spaces": ({"content": " \n\t"}, "/content", "blank"),
    "content that shows as nothing": ({"content": "\u200b\u2060\ufeff\u3164"}, "/content", "blank"),
    "content null": ({"content": None}, "/content", "null"),
    "content a number": ({"content": 5}, "/content", "invalid"),
    "content a list": ({"content": ["Hi"]}, "/content", "invalid"),
    "content of 4,001": ({"content": "x" * 4_001}, "/content", "max_length"),
    "content with NUL": ({"content": NUL}, "/content", "null_characters_not_allowed"),
    "a sender": ({"sender": "bob"}, "/sender", "unknown_key"),
    "a number": ({"seq": 1}, "/seq", "unknown_key"),
    "a time": ({"created_at": "2020-01-01T00:00:00Z"}, "/created_at", "unknown_key"),
    "a conversation": ({"conversation": 1}, "/conversation", "unknown_key"),
    "an id without a type": ({"attachment_id": 1}, "/attachment_type", "required"),
    "a type without an id": ({"attachment_type": "card"}, "/attachment_id", "required"),
    "an attachment of no kind": (
        {"attachment_type": "virus", "attachment_id": 1},
        "/attachment_type",
        "invalid_choice",
    ),
    "an attachment of id 0": ({"attachment_type": "card", "attachment_id": 0}, "/attachment_id", "min_value"),
    "an attachment of id 1.0": ({"attachment_type": "card", "attachment_id": 1.0}, "/attachment_id", "invalid"),
    "an unknown card": ({"attachment_type": "card", "attachment_id": 2**70}, "/attachment_id", "unknown"),
    "an unknown trade": (
        {"attachment_type": "trade_proposal", "attachment_id": 987_654_321},
        "/attachment_id",
        "unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_MESSAGES)
def test_a_wrong_message(name, alice_api, chat, say, alice):
    say(alice)
    change, pointer, code = WRONG_MESSAGES[name]
    wrong = {key: value for key, value in {**GOOD, **change}.items() if value is not ...}
    before = all_rows()
    complaints = refused(alice_api.post(f"/conversations/{chat.pk}/messages/", json.dumps(wrong).encode()))
    if name == "content with NUL":  # refused with the whole body, before anybody asks what it is
        complaints = [(place, code) for place, _code in complaints]
    assert complaints == [(pointer, code)]
    assert all_rows() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"Hi"',
        HALF_PAIR,
        b'{"client_id": "c", "client_id": "d", "content": "Hi"}',
        b'{"client_id": "c", "content": NaN}',
        b"[" * 5_000,
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_none(body, alice_api, chat):
    before = all_rows()
    for path in ("/conversations/", f"/conversations/{chat.pk}/messages/", f"/conversations/{chat.pk}/read/"):
        refused(alice_api.post(path, body))
    assert all_rows() == before


def test_a_body_of_more_than_a_mebibyte(alice_api, chat):
    body = b'{"client_id": "c", "content": "%s"}' % (b"x" * 1024**2)
    assert refused(alice_api.post(f"/conversations/{chat.pk}/messages/", body), 413) == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/with", "required"),
        ({"with": None}, "/with", "null"),
        ({"with": 5}, "/with", "invalid"),
        ({"with": ""}, "/with", "blank"),
        ({"with": "\u200b"}, "/with", "blank"),
        ({"with": "b" * 31}, "/with", "max_length"),
        ({"with": "alice"}, "/with", "self"),
        ({"with": "ALICE"}, "/with", "self"),
        ({"with": "bob", "opened_by": "bob"}, "/opened_by", "unknown_key"),
    ],
)
def test_a_wrong_opening(body, pointer, code, alice_api, bob):
    assert refused(alice_api.post("/conversations/", body)) == [(pointer, code)]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer", "code"),
    [
        ("patch", "", {"archived": 1}, "/archived", "invalid"),
        ("patch", "", {"archived": "true"}, "/archived", "invalid"),
        ("patch", "", {"muted": None}, "/muted", "null"),
        ("patch", "", {"last_seq": 9}, "/last_seq", "unknown_key"),
        ("post", "read/", {}, "/seq", "required"),
        ("post", "read/", {"seq": -1}, "/seq", "min_value"),
        ("post", "read/", {"seq": "1"}, "/seq", "invalid"),
        ("post", "read/", {"seq": True}, "/seq", "invalid"),
        ("post", "read/", {"seq": 1.0}, "/seq", "invalid"),
        ("post", "read/", {"seq": 1, "user": "bob"}, "/user", "unknown_key"),
    ],
)
def test_a_wrong_change(method, path, body, pointer, code, alice_api, chat, say, bob):
    say(bob)
    before = all_rows()
    answer = getattr(alice_api, method)(f"/conversations/{chat.pk}/{path}", json.dumps(body).encode())
    assert refused(answer) == [(pointer, code)]
    assert all_rows() == before


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/content", "required"),
        ({"content": ""}, "/content", "blank"),
        ({"content": "\u200b"}, "/content", "blank"),
        ({"content": "x" * 4_001}, "/content", "max_length"),
        ({"content": None}, "/content", "null"),
        ({"content": "Hi", "edited_at": None}, "/edited_at", "unknown_key"),
    ],
)
def test_a_wrong_edit(body, pointer, code, alice_api, say, alice):
    message = say(alice)
    before = all_rows()
    assert refused(alice_api.patch(f"/messages/{message.pk}/", body)) == [(pointer, code)]
    assert all_rows() == before


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"archived": "maybe"}),
        ("", {"unread": "1"}),
        ("", {"q": "x" * 201}),
        ("", {"ordering": "user_a__password"}),
        ("", {"page_size": 0}),
        ("", {"cursor": "x"}),
        ("{}/messages/", {"before": "-1"}),
        ("{}/messages/", {"before": "1.5"}),
        ("{}/messages/", {"before": "x"}),
        ("{}/messages/", {"q": "x" * 201}),
        ("{}/messages/", {"page_size": 101}),
        ("{}/events/", {"after": "-1"}),
        ("{}/events/", {"after": "x"}),
        ("{}/events/", {"page_size": 101}),
    ],
)
def test_a_query_that_means_nothing(path, query, alice_api: Program, chat):
    answer = alice_api.get(f"/conversations/{path.format(chat.pk)}", **query)
    assert [pointer for pointer, _code in refused(answer)] == [f"/{name}" for name in query]


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b"])
def test_nul_in_a_search(query, alice_api, chat):
    address = f"/api/v1/conversations/{chat.pk}/messages/?{query}"
    refused(alice_api.client.get(address, headers=alice_api.headers))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/conversations/"),
        ("delete", "/conversations/{}/"),
        ("post", "/conversations/{}/"),
        ("delete", "/conversations/{}/messages/"),
        ("post", "/conversations/{}/events/"),
        ("put", "/conversations/{}/read/"),
        ("post", "/messages/1/"),
    ],
)
def test_a_method_that_is_none(method, path, alice_api, chat):
    assert refused(getattr(alice_api, method)(path.format(chat.pk), {}), 405) == []


def test_4000_characters_of_any_kind_are_kept(alice_api, chat):
    words = "🂡" * 4_000
    answer = alice_api.post(f"/conversations/{chat.pk}/messages/", {**GOOD, "content": words})
    assert (answer.status_code, answer.json()["content"]) == (201, words)
