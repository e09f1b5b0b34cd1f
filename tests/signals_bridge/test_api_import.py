"""POST /signals/import/: who may, what it answers, and that a refusal leaves nothing behind."""

import gzip
import json
from typing import Any

import pytest

from accounts.models import Scope
from signals_bridge.models import Recommendation, Source
from tests.clients import Api, problem
from tests.signals_bridge.factories import row

IMPORT = "/signals/import/"


@pytest.fixture
def batch(acme, opt) -> dict[str, Any]:
    """Two calls of acme, as JSON says them."""
    return {"source": "acme", "signals": [row(opt), row(opt, external_id="s2", confidence=0.25)]}


@pytest.fixture
def nothing_written(db):
    """Whatever is refused, there is nothing new afterwards."""
    yield
    assert (Recommendation.objects.count(), Source.objects.count()) == (0, 1)


def test_a_batch_and_the_same_again(alice_api, batch) -> None:
    first = alice_api.post(IMPORT, batch)
    assert (first.status_code, first.json()) == (200, {"created": 2, "unchanged": 0})
    again = alice_api.post(IMPORT, batch)
    assert (again.status_code, again.json()) == (200, {"created": 0, "unchanged": 2})
    assert Recommendation.objects.count() == 2


def test_one_key_gives_one_answer(alice_api, batch) -> None:
    answers = [alice_api.post(IMPORT, batch, key="k1").json() for _ in range(2)]
    assert answers == [{"created": 2, "unchanged": 0}] * 2
    changed = batch | {"signals": batch["signals"][:1]}
    assert problem(alice_api.post(IMPORT, changed, key="k1"))[:2] == (422, "key_reused")


def test_another_body_of_a_known_call_is_a_conflict(alice_api, batch) -> None:
    alice_api.post(IMPORT, batch)
    batch["signals"][1]["rationale"] = "On second thought."
    expected = (409, "changed", [("/signals/1/external_id", "changed")])
    assert problem(alice_api.post(IMPORT, batch)) == expected
    assert set(Recommendation.objects.values_list("rationale", flat=True)) == {"Reprint is far off."}


@pytest.mark.parametrize("scope", Scope.values)
def test_only_the_scope_of_imports_imports(alice, batch, scope) -> None:
    answer = Api(alice, [scope]).post(IMPORT, batch)
    if scope == Scope.SIGNALS_IMPORT:
        assert answer.status_code == 200
    else:
        assert problem(answer)[:2] == (403, "insufficient_scope")
        assert Recommendation.objects.count() == 0


def test_it_is_for_publishers_only(charlie_api, nobody, batch, nothing_written) -> None:
    assert problem(charlie_api.post(IMPORT, batch))[:2] == (403, "not_a_publisher")
    assert problem(nobody.post(IMPORT, batch))[0] == 401


@pytest.fixture
def nobody(db) -> Api:
    return Api()


def test_all_bad_rows_are_named_by_index(alice_api, batch, opt, nothing_written) -> None:
    batch["signals"] += [
        row(opt, external_id="s3", price=0),
        row(opt, card=2**80),
        row(opt, external_id="s2"),
    ]
    assert problem(alice_api.post(IMPORT, batch)) == (
        400,
        "invalid",
        [
            ("/signals/2/price", "min_value"),
            ("/signals/3/card", "unknown_card"),
            ("/signals/4/external_id", "duplicate"),
        ],
    )


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"signals": []}, [("/signals", "empty")]),
        ({"signals": None}, [("/signals", "null")]),
        ({"signals": {}}, [("/signals", "not_a_list")]),
        ({"signals": "all"}, [("/signals", "not_a_list")]),
        ({"source": ""}, [("/source", "blank")]),
        ({"source": 7}, [("/source", "invalid")]),
        ({"source": "Acme Ltd"}, [("/source", "source_invalid")]),
        ({"publisher": "bob"}, [("/publisher", "unknown_key")]),
        ({"dry_run": True}, [("/dry_run", "unknown_key")]),
    ],
)
def test_a_batch_that_is_none(alice_api, batch, nothing_written, change, faults) -> None:
    status, _code, found = problem(alice_api.post(IMPORT, batch | change))
    assert (status, found) == (400, faults)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "invalid"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b"{", "malformed"),
        (b'{"source": "acme", "source": "acme", "signals": []}', "malformed"),
        (b'{"source": "acme", "signals": [{"price": NaN}]}', "malformed"),
        (b'{"source": "acme", "signals": [{"price": 1e400}]}', "invalid"),
        (b'{"source": "acme", "signals": [{"external_id": "\\u0000"}]}', "malformed"),
        (b'{"source": "acme", "signals": ' + b"[" * 5000 + b"]" * 5000 + b"}", "malformed"),
        (b"\xff", "malformed"),
    ],
)
def test_bodies_that_say_nothing(alice_api, acme, nothing_written, text, code) -> None:
    assert problem(alice_api.post(IMPORT, text))[:2] == (400, code)


def test_5001_signals_are_too_many(alice_api, batch, opt) -> None:
    batch["signals"] = [row(opt, external_id=str(n)) for n in range(5_001)]
    assert problem(alice_api.post(IMPORT, batch))[:2] == (413, "too_many")
    assert Recommendation.objects.count() == 0
    batch["signals"].pop()
    assert alice_api.post(IMPORT, batch).json() == {"created": 5_000, "unchanged": 0}


# --- size and packing ------------------------------------------------------------------------


def packed(body: Any) -> bytes:
    return gzip.compress(body if isinstance(body, bytes) else json.dumps(body).encode(), mtime=0)


def test_a_body_may_be_packed(alice_api, batch) -> None:
    answer = alice_api.post(IMPORT, packed(batch), Content_Encoding="gzip")
    assert (answer.status_code, answer.json()["created"]) == (200, 2)


def test_eight_mebibytes_are_taken_and_no_more(alice_api, batch) -> None:
    text = json.dumps(batch)
    fits = text + " " * (8 * 1024 * 1024 - len(text))
    assert alice_api.post(IMPORT, fits).status_code == 200
    assert problem(alice_api.post(IMPORT, fits + " "))[:2] == (413, "too_large")
    assert alice_api.post(IMPORT, packed(fits.encode()), Content_Encoding="gzip").status_code == 200


def test_a_gzip_bomb_does_not_go_off(alice_api, batch, nothing_written) -> None:
    bomb = gzip.compress(b" " * (200 * 1024 * 1024), 1, mtime=0)
    assert len(bomb) < 1024 * 1024
    assert problem(alice_api.post(IMPORT, bomb, Content_Encoding="gzip"))[:2] == (413, "too_large")
    nested = gzip.compress(bomb, mtime=0)
    assert problem(alice_api.post(IMPORT, nested, Content_Encoding="gzip"))[:2] == (400, "malformed")


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (b"not gzip", "gzip", (400, "malformed")),
        (packed({})[:-5], "gzip", (400, "malformed")),
        (packed({}) + b"more", "gzip", (400, "malformed")),
        (b"", "gzip", (400, "malformed")),
        (b"{}", "br", (415, "unsupported_encoding")),
        (packed(packed({})), "gzip, gzip", (415, "unsupported_encoding")),
    ],
)
def test_what_cannot_be_unpacked(alice_api, acme, nothing_written, content, encoding, expected) -> None:
    assert problem(alice_api.post(IMPORT, content, Content_Encoding=encoding))[:2] == expected


def test_elsewhere_a_mebibyte_is_the_limit_of_what_is_unpacked(alice_api) -> None:
    body = b'{"bio": "' + b"x" * 1024 * 1024 + b'"}'
    assert problem(alice_api.patch("/me/", packed(body), Content_Encoding="gzip"))[:2] == (413, "too_large")
    assert alice_api.patch("/me/", packed({"bio": "Hi"}), Content_Encoding="gzip").json()["bio"] == "Hi"
