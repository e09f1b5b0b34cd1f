"""Rows for tests: verified people, printings with prices, binders."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import User
from cards.models import Card, CurrentPrice, Holding, PriceSnapshot, Want
from core.clock import database_now


class UserFactory(DjangoModelFactory):
    """A user with a verified e-mail whose account is a year old."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"trader{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password("correct horse battery")
    date_joined = factory.LazyFunction(lambda: database_now() - timedelta(days=366))
    last_seen = factory.LazyFunction(database_now)

    @factory.post_generation
    def verified(user, create: bool, verified: bool | None, **kwargs: Any) -> None:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified is not False)


class CardFactory(DjangoModelFactory):
    class Meta:
        model = Card

    scryfall_id = factory.LazyFunction(uuid4)
    oracle_id = factory.LazyFunction(uuid4)
    name = factory.Sequence(lambda n: f"Card {n}")
    search_name = factory.LazyAttribute(lambda card: card.name.lower())
    set_code = "m10"
    set_name = "Magic 2010"
    collector_number = factory.Sequence(str)
    rarity = "common"
    languages = ["en"]
    finishes = ["nonfoil", "foil"]


class HoldingFactory(DjangoModelFactory):
    """Copies that are all for trade unless said otherwise; `price` sets today's price of the card."""

    class Meta:
        model = Holding
        skip_postgeneration_save = True

    owner = factory.SubFactory(UserFactory)
    card = factory.SubFactory(CardFactory)
    quantity = 4
    for_trade = factory.LazyAttribute(lambda holding: holding.quantity)

    @factory.post_generation
    def price(holding, create: bool, price: str | None, **kwargs: Any) -> None:
        if price is not None:
            set_price(holding.card, holding.finish, price)


def set_price(card: Card, finish: str, price: str) -> None:
    """Today's price of the card, as an import would leave it."""
    today = database_now().date()
    row = {"source": "csv", "day": today, "price": Decimal(price)}
    PriceSnapshot.objects.update_or_create(
        card=card, finish=finish, source="csv", day=today, defaults={"price": Decimal(price)}
    )
    CurrentPrice.objects.update_or_create(card=card, finish=finish, defaults=row)


class WantFactory(DjangoModelFactory):
    """One copy of a printing, in any state; `oracle_id=` with `card=None` for any printing."""

    class Meta:
        model = Want

    owner = factory.SubFactory(UserFactory)
    card = factory.SubFactory(CardFactory)
