"""What operators ask."""

import pytest
from django.test import Client


def test_the_process_lives_without_its_stores(settings) -> None:
    assert Client().get("/healthz").json() == {"status": "alive"}


@pytest.mark.django_db
def test_it_is_ready_when_both_stores_answer() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "postgresql": True, "redis": True}


@pytest.mark.django_db
def test_it_is_not_ready_without_redis(settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "postgresql": True, "redis": False}


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("127.0.0.1", None, 200),
        ("10.1.2.3", None, 200),
        ("8.8.8.8", None, 404),
        ("10.1.2.3", "10.0.0.1", 404),
    ],
)
@pytest.mark.django_db
def test_counters_are_for_internal_networks(address: str, forwarded: str | None, status: int) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code == status
