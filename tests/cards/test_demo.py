"""The cards and prices of a clean checkout."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from cards.demo import load_demo_catalogue
from cards.models import Card, CurrentPrice, PriceSnapshot
from core.clock import clock_moved, database_today

pytestmark = pytest.mark.django_db


def test_some_300_printings_with_60_days_of_prices() -> None:
    load_demo_catalogue()
    assert 300 <= Card.objects.count() <= 350
    assert Card.objects.values("oracle_id").distinct().count() < Card.objects.count() / 2
    finishes = sum(len(card.finishes) for card in Card.objects.all())
    assert CurrentPrice.objects.filter(source="demo", day=database_today()).count() == finishes
    assert PriceSnapshot.objects.count() == finishes * 60
    assert not Card.objects.exclude(image_uri="").exists()  # no card art is shipped, nor fetched
    dearest = PriceSnapshot.objects.latest("price")
    prices = PriceSnapshot.objects.filter(card=dearest.card, finish=dearest.finish).order_by("day")
    moves = [after / before for before, after in pairwise(prices.values_list("price", flat=True))]
    assert Decimal("0.85") < min(moves) < 1 < max(moves) < Decimal("1.15")


def test_loading_again_changes_nothing_and_the_next_day_adds_a_day() -> None:
    load_demo_catalogue()
    before = set(PriceSnapshot.objects.values_list("id", "day", "price"))
    load_demo_catalogue()
    assert set(PriceSnapshot.objects.values_list("id", "day", "price")) == before
    with clock_moved(timedelta(days=1)):
        load_demo_catalogue()
        added = set(PriceSnapshot.objects.values_list("id", "day", "price")) - before
        assert {day for _id, day, _price in added} == {database_today()}
