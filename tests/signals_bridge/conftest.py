"""Alice publishes as `acme`; bob follows; charlie has nothing to do with it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cards.models import Card
from signals_bridge.models import Recommendation, Source
from tests.clients import Api
from tests.factories import CardFactory, set_price
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory


@pytest.fixture
def opt(db) -> Card:
    """$2.50 nonfoil, $4.00 foil."""
    card: Card = CardFactory(name="Opt", search_name="opt")
    set_price(card, "nonfoil", "2.50")
    set_price(card, "foil", "4.00")
    return card


@pytest.fixture
def acme(alice) -> Source:
    """Alice's source; she may import."""
    source: Source = SourceFactory(name="acme", publisher=PublisherFactory(user=alice))
    return source


@pytest.fixture
def signal(acme, opt) -> Recommendation:
    """A BUY of Opt that runs for 30 days."""
    call: Recommendation = SignalFactory(source=acme, card=opt)
    return call


@pytest.fixture
def alice_api(alice) -> Api:
    return Api(alice)


@pytest.fixture
def bob_api(bob) -> Api:
    return Api(bob)


@pytest.fixture
def charlie_api(charlie) -> Api:
    return Api(charlie)


@pytest.fixture
def count_queries(db) -> Callable[[Callable[[], object]], int]:
    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count
