"""Rows for tests of signals: publishers with sources, calls in any state."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from core.clock import database_now
from signals_bridge.models import Publisher, Recommendation, Source
from tests.factories import CardFactory, UserFactory


class PublisherFactory(DjangoModelFactory):
    """Somebody who may import."""

    class Meta:
        model = Publisher

    user = factory.SubFactory(UserFactory)
    may_import = True
    created_at = factory.LazyFunction(database_now)


class SourceFactory(DjangoModelFactory):
    """`publisher=None` for one of the site's operators; `is_personal=True` for a trader's own."""

    class Meta:
        model = Source

    publisher = factory.SubFactory(PublisherFactory)
    is_personal = False
    created_at = factory.LazyFunction(database_now)

    @factory.lazy_attribute_sequence
    def name(source, n: int) -> str:
        return f"trader-{source.publisher.user_id}" if source.is_personal else f"source-{n}"


class SignalFactory(DjangoModelFactory):
    """A BUY at $10 for $15, issued now, for 30 days."""

    class Meta:
        model = Recommendation

    source = factory.SubFactory(SourceFactory)
    external_id = factory.Sequence(str)
    card = factory.SubFactory(CardFactory)
    finish = "nonfoil"
    action = "BUY"
    price_at_issue = Decimal(10)
    target_price = factory.LazyAttribute(lambda call: {"BUY": 15, "SELL": 5}.get(call.action))
    confidence = Decimal("0.75")
    rationale = "It is in every deck now."
    issued_at = factory.LazyFunction(database_now)
    valid_until = factory.LazyAttribute(lambda call: call.issued_at + timedelta(days=30))
    received_at = factory.LazyAttribute(lambda call: call.issued_at)


def row(card: Any, /, **said: Any) -> dict[str, Any]:
    """A call as JSON says it: a BUY at $2.50 for $5, issued an hour ago, for 30 days."""
    now: datetime = database_now()
    call = {
        "external_id": "s1",
        "card": card.pk,
        "finish": "nonfoil",
        "action": "BUY",
        "price": "2.50",
        "target_price": "5.00",
        "confidence": "0.8",
        "rationale": "Reprint is far off.",
        "issued_at": (now - timedelta(hours=1)).isoformat(),
        "valid_until": (now + timedelta(days=30)).isoformat(),
    }
    return {name: value for name, value in {**call, **said}.items() if value is not ...}
