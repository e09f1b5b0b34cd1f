"""The three people of every test: alice proposes, bob receives, charlie must see nothing."""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import settings as hypothesis_settings

from accounts.models import User
from tests.factories import HoldingFactory, UserFactory

# How long an example takes says nothing here: the machine is shared with a database and a browser.
hypothesis_settings.register_profile("tradepost", deadline=None, print_blob=True)
hypothesis_settings.load_profile("tradepost")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="the long profile, as in CI")


def is_full(config: pytest.Config) -> bool:
    return bool(config.getoption("--full")) or os.environ.get("CI") == "true"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if is_full(config):
        return
    skip = pytest.mark.skip(reason="slow: runs with --full or CI=true")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    """Limits counted in Redis start anew with every test."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def mail_in_memory(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def race_rounds(pytestconfig: pytest.Config) -> int:
    return 50 if is_full(pytestconfig) else 5


@pytest.fixture
def alice(db) -> User:
    return UserFactory(username="alice")


@pytest.fixture
def bob(db) -> User:
    return UserFactory(username="bob")


@pytest.fixture
def charlie(db) -> User:
    return UserFactory(username="charlie")


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice_page(alice: User) -> Client:
    return page_of(alice)


@pytest.fixture
def bob_page(bob: User) -> Client:
    return page_of(bob)


@pytest.fixture
def charlie_page(charlie: User) -> Client:
    return page_of(charlie)


@pytest.fixture
def bolt(alice: User):
    """Alice's 4 bolts, all for trade, $2.50 each."""
    return HoldingFactory(owner=alice, card__name="Lightning Bolt", price="2.50", quantity=4)


@pytest.fixture
def mox(bob: User):
    """Bob's 2 opals, all for trade, $20.00 each."""
    return HoldingFactory(owner=bob, card__name="Mox Opal", price="20.00", quantity=2)
