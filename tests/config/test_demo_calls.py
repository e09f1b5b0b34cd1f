"""The demo's market calls: what a newcomer finds under signals."""

import pytest

from accounts.models import User
from config.demo import seed_market
from signals_bridge.models import Recommendation, RecommendationAction
from signals_bridge.record import publishers_seen_by

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_calls_in_several_states_by_several_people() -> None:
    seed_market(traders=12, seed=2026, holdings=400, told=lambda _step, _done: None)
    calls = Recommendation.objects.all()
    for source in ("cardwatch", "mint-report"):
        assert calls.filter(source__name=source, status="evaluated").count() == 8
        assert calls.filter(source__name=source, status="active").count() == 5
    assert calls.filter(status="void").count() == 1
    assert set(calls.values_list("action", flat=True)) == {"BUY", "SELL", "HOLD"}
    judged = RecommendationAction.objects.filter(recommendation__status="evaluated")
    assert set(judged.values_list("is_profitable", flat=True)) == {True, False}
    for name in ("alice", "bob"):
        follows = RecommendationAction.objects.filter(user=User.objects.get(username=name))
        assert follows.filter(recommendation__status="active").count() >= 3
    assert [source.name for source in publishers_seen_by(None).order_by("name")] == [
        "cardwatch",
        "mint-report",
    ]
