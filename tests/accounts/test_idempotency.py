"""The same call sent twice is done once and answered the same."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import RequestFactory
from django.test.client import encode_multipart
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts.api.idempotency import digest_of
from accounts.models import ApiToken, IdempotencyKey, User
from accounts.tasks import forget_idempotency_keys
from core.clock import clock_moved
from tests.accounts import probe_urls
from tests.clients import Api, problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.probe_urls")]


def made(user: User, name: str) -> int:
    return ApiToken.objects.filter(user=user, name=name).count()


def test_the_first_answer_is_given_again(alice: User) -> None:
    client = Api(alice)
    first = client.post("/probe/", {"name": "a"}, key="k")
    again = client.post("/probe/", {"name": "a"}, key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert made(alice, "a") == 1


def test_without_a_key_or_with_another_it_is_done_again(alice: User) -> None:
    client = Api(alice)
    for key in (None, "k", "l"):
        assert client.post("/probe/", {"name": "a"}, key=key).status_code == 201
    assert made(alice, "a") == 3


def test_a_key_belongs_to_its_user(alice: User, bob: User) -> None:
    Api(alice).post("/probe/", {"name": "a"}, key="k")
    assert Api(bob).post("/probe/", {"name": "a"}, key="k").status_code == 201
    assert made(bob, "a") == 1


def test_another_body_is_422(alice: User) -> None:
    client = Api(alice)
    client.post("/probe/", {"name": "a"}, key="k")
    assert problem(client.post("/probe/", {"name": "b"}, key="k")) == (422, "key_reused", [])
    assert made(alice, "b") == 0


def test_a_refusal_is_stored_without_its_work(alice: User) -> None:
    client = Api(alice)
    first = client.post("/probe/", {"name": "conflict"}, key="k")
    assert problem(first) == (409, "no_luck", [])
    assert made(alice, "conflict") == 0
    again = client.post("/probe/", {"name": "conflict"}, key="k")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("name", ["limit", "bug"])
def test_come_back_later_and_a_bug_are_not_stored(alice: User, name: str) -> None:
    client = Api(alice)
    client.raise_request_exception = False
    answer = client.post("/probe/", {"name": name}, key="k")
    assert answer.status_code == {"limit": 429, "bug": 500}[name]
    assert made(alice, name) == 0
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("key", "is_good"), [("x" * 255, True), ("x" * 256, False), ("", False), ("a\tb", False), ("é", False)]
)
def test_a_key_has_up_to_255_printable_characters(alice: User, key: str, is_good: bool) -> None:
    answer = Api(alice).post("/probe/", {"name": "a"}, key=key)
    assert answer.status_code == (201 if is_good else 400)
    assert made(alice, "a") == int(is_good)


def test_a_key_is_kept_for_24_hours(alice: User) -> None:
    client = Api(alice)
    client.post("/probe/", {"name": "a"}, key="k")
    with clock_moved(timedelta(hours=23)):
        forget_idempotency_keys()
        client.post("/probe/", {"name": "a"}, key="k")
        assert made(alice, "a") == 1
    with clock_moved(timedelta(hours=25)):
        client.post("/probe/", {"name": "a"}, key="k")
        assert made(alice, "a") == 2
    with clock_moved(timedelta(hours=50)):
        forget_idempotency_keys()
        assert not IdempotencyKey.objects.exists()


def test_a_body_that_cannot_be_read_takes_no_key(alice: User) -> None:
    client = Api(alice)
    assert problem(client.post("/probe/", '{"name": NaN}', key="k"))[0] == 400
    assert client.post("/probe/", {"name": "a"}, key="k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_so(alice: User) -> None:
    probe_urls.working.clear()
    probe_urls.finish.clear()
    first, second = Api(alice), Api(alice)
    answers = []

    def call() -> None:
        answers.append(first.post("/probe/", {"name": "slow"}, key="k"))
        connections.close_all()

    thread = threading.Thread(target=call)
    thread.start()
    assert probe_urls.working.wait(10)
    refused = second.post("/probe/", {"name": "slow"}, key="k")
    assert problem(refused) == (409, "in_flight", [])
    assert refused.headers["Retry-After"] == "1"
    probe_urls.finish.set()
    thread.join()
    assert second.post("/probe/", {"name": "slow"}, key="k").content == answers[0].content
    assert made(alice, "slow") == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_works(alice: User, race_rounds: int) -> None:
    clients = [Api(alice) for _ in range(4)]
    for number in range(race_rounds):
        barrier = threading.Barrier(len(clients))
        codes: list[int] = []

        def call(client: Api, barrier=barrier, codes=codes, number=number) -> None:
            barrier.wait()
            codes.append(client.post("/probe/", {"name": f"r{number}"}, key=f"k{number}").status_code)
            connections.close_all()

        threads = [threading.Thread(target=call, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(codes) <= {201, 409}
        assert 201 in codes
        assert made(alice, f"r{number}") == 1
        # Else the cap on live tokens refuses the last of many rounds.
        ApiToken.objects.filter(user=alice, name=f"r{number}").delete()


def test_a_form_is_the_same_whatever_stands_between_its_parts() -> None:
    def digest(boundary: str, content: bytes = b"photo") -> bytes:
        file = SimpleUploadedFile("a.png", content)
        body = encode_multipart(boundary, {"photo": file, "note": "x"})
        sent = RequestFactory().post("/", body, f"multipart/form-data; boundary={boundary}")
        return digest_of(Request(sent, parsers=[MultiPartParser()]))

    assert digest("one") == digest("two")
    assert digest("one") != digest("one", b"other")
