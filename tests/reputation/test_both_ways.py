"""One user in Python and all in SQL agree on every figure of a random market."""

from datetime import timedelta

import pytest
from django.db.models import Q

from core.clock import clock_moved, database_today
from reputation.everybody import figures_of_everybody
from reputation.ledger import read_ledger
from reputation.models import ReputationPoint, TradeReview, UserReputation
from reputation.services import recalculate, recalculate_all
from tests.conftest import is_full
from tests.factories import UserFactory
from tests.reputation.markets import random_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(pytestconfig):
    people = 2_000 if is_full(pytestconfig) else 150
    return random_market(people, people * 6)


@pytest.mark.parametrize("days", [0, 200])
def test_every_figure_of_everybody_agrees(market, days):
    with clock_moved(timedelta(days=days)):
        as_of = database_today()
        by_sql = {row.pop("user_id"): row for row in figures_of_everybody(as_of)}
        assert len(by_sql) == len(market)
        scores = set()
        for user in market:
            by_python = read_ledger(user, as_of).figures(user.trust_tier)
            assert by_sql[user.pk] == by_python
            scores.add(by_python["reputation_score"])
    assert len(scores) > 20  # there was something to compare


def test_both_write_the_same_rows(market):
    recalculate_all()
    names = [f.attname for f in UserReputation._meta.concrete_fields if f.name != "updated_at"]
    written = list(UserReputation.objects.order_by("pk").values(*names))
    tiers = {user.pk: UserReputation.objects.get(pk=user.pk).reputation_tier for user in market[:20]}
    for user in market[:20]:
        recalculate(user_id=user.pk)
        user.refresh_from_db()
        assert user.trust_tier == tiers[user.pk]
    assert list(UserReputation.objects.order_by("pk").values(*names)) == written


def test_twice_in_a_night_changes_nothing(market):
    assert recalculate_all() > 0
    before = list(ReputationPoint.objects.order_by("pk").values())
    assert recalculate_all() == 0
    assert list(ReputationPoint.objects.order_by("pk").values()) == before


def test_a_hidden_or_sealed_review_is_as_if_never_written(market):
    figures = figures_of_everybody(database_today())
    unseen = TradeReview.objects.filter(Q(is_hidden=True) | Q(trade__reviews_revealed_at=None))
    assert unseen.delete()[0] > 20
    assert figures_of_everybody(database_today()) == figures


def test_one_user_costs_six_queries_whatever_they_did(market, count_queries):
    recalculate_all()
    busy = max(market, key=lambda user: user.reviews_received.count())
    idle = UserFactory()
    recalculate(user_id=idle.pk)
    savepoint = 2  # it stands in for the transaction
    for user in (busy, idle):
        assert count_queries(lambda user=user: recalculate(user_id=user.pk)) <= 6 + savepoint
    assert busy.reviews_received.count() > 20
