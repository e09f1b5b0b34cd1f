"""The API describes itself, wholly and offline."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from core.api.problems import ANCHORS


def schema() -> dict:
    return json.loads(Client().get("/api/schema/").content)


def test_it_is_openapi_3_1_and_nothing_is_guessed(capsys) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
    assert schema()["openapi"] == "3.1.0"


def test_every_call_names_its_problems() -> None:
    operation = schema()["paths"]["/api/v1/me/"]["patch"]
    assert set(operation["responses"]) == {
        "200",
        "400",
        "401",
        "403",
        "404",
        "405",
        "409",
        "413",
        "415",
        "429",
    }
    assert list(operation["responses"]["400"]["content"]) == ["application/problem+json"]


def test_keys_are_documented_where_they_are_honoured() -> None:
    paths = schema()["paths"]

    def headers(path: str, method: str) -> list[str]:
        parameters = paths[f"/api/v1{path}"][method].get("parameters", [])
        return sorted(parameter["name"] for parameter in parameters if parameter["in"] == "header")

    assert headers("/auth/tokens/", "post") == []
    assert headers("/me/", "patch") == []
    assert headers("/trades/", "post") == ["Idempotency-Key"]


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/", "/api/problems/"])
def test_its_readers_load_nothing_from_elsewhere(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "https://" not in page
    assert "//cdn" not in page


def test_every_type_points_to_an_explanation() -> None:
    page = Client().get("/api/problems/").content.decode()
    assert [anchor for anchor in ANCHORS.values() if f'id="{anchor}"' not in page] == []


@pytest.mark.parametrize(
    ("path", "is_strict"),
    [
        ("/", True),
        ("/accounts/login/", True),
        ("/admin/login/", False),
        ("/api/docs/", False),
        ("/api/redoc/", False),
    ],
)
@pytest.mark.django_db
def test_only_foreign_pages_have_a_looser_policy(path: str, is_strict: bool) -> None:
    policy = Client().get(path).headers["Content-Security-Policy"]
    assert ("unsafe" not in policy) == is_strict
    assert "frame-ancestors 'none'" in policy
