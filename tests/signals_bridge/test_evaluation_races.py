"""Several runs at once, a run that dies, and a follow at the last moment: each call is judged once."""
# ruff: noqa: F811 — a test takes the fixtures of test_races by the names they are imported under

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from core.clock import clock_at
from notifications.models import Notification
from notifications.services import notify_selected
from reputation.models import SignalOutcome
from signals_bridge.models import Recommendation, RecommendationAction
from signals_bridge.services import Evaluation, evaluate_signals, evaluating, follow_signal
from tests.signals_bridge.test_evaluation import DAY, ENDS, HOUR, call_on, came, followed, result, status
from tests.trades.test_races import LOCKS, race, starters  # noqa: F401

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

CALLS = 9  # of which a third is void


@pytest.fixture
def march(bob, charlie, monkeypatch) -> Callable[[], list[Recommendation]]:
    """Calls that ended together, each with two followers; batches of two."""
    monkeypatch.setattr(evaluating, "BATCH", 2)

    def make() -> list[Recommendation]:
        calls = [call_on() for _ in range(CALLS)]
        for number, call in enumerate(calls):
            if number % 3:
                came(call.card, ENDS.date(), "12.00")
            for user in (bob, charlie):
                followed(call, user)
        return calls

    return make


def judge() -> Evaluation:
    return evaluate_signals()


def judged(calls: list[Recommendation]) -> dict[str, int]:
    """How many rows of each kind there are of these calls."""
    ids = [call.pk for call in calls]
    names = [call.external_id for call in calls]
    return {
        "evaluated": Recommendation.objects.filter(pk__in=ids, status="evaluated").count(),
        "void": Recommendation.objects.filter(pk__in=ids, status="void").count(),
        "profits": RecommendationAction.objects.filter(recommendation__in=ids, user_profit_pct=20).count(),
        "outcomes": SignalOutcome.objects.filter(external_id__in=names, profitable=True).count(),
        "notices": Notification.objects.filter(subject__in=[f"signal:{pk}" for pk in ids]).count(),
    }


WHOLE = {"evaluated": 6, "void": 3, "profits": 12, "outcomes": 12, "notices": 18}


def total(runs: list[Any]) -> tuple[int, int]:
    return sum(run.evaluated for run in runs), sum(run.void for run in runs)


def test_two_runs_at_once_share_the_work(race, march, race_rounds) -> None:
    """What one has locked the other passes over; together they have judged each call once."""
    for _ in range(race_rounds):
        calls = march()
        with clock_at(ENDS + DAY):
            runs = race(judge, judge)
            runs.append(judge())  # both may have passed over what the other held last
        assert total(runs) == (6, 3)
        assert judged(calls) == WHOLE


def test_without_the_locks_they_do_the_same_work_twice(race, march, monkeypatch) -> None:
    """The control: the same race, and both judge the same calls."""
    execute = CursorWrapper.execute

    def unlocked(cursor: Any, sql: str, params: Any = None) -> Any:
        return execute(cursor, LOCKS.sub("", sql), params)

    twice = 0
    for _ in range(5):
        march()
        with clock_at(ENDS + DAY), monkeypatch.context() as patch:
            patch.setattr(CursorWrapper, "execute", unlocked)
            evaluated, void = total(race(judge, judge))
        twice += evaluated + void > CALLS
    assert twice > 0


@pytest.mark.parametrize("death", ["error", "connection"])
@pytest.mark.parametrize("at", [1, 3])
def test_a_run_that_dies_leaves_whole_batches_and_the_next_does_the_rest(
    march, monkeypatch, death, at
) -> None:
    """It dies as it tells the followers: all else of that batch has been written by then."""
    batches = []

    def die(query: str, values: Any) -> None:
        notify_selected(query, values)
        batches.append(values["ids"])
        if len(batches) == at and death == "error":
            raise RuntimeError("the power is out")
        if len(batches) == at:
            connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    calls = march()
    with clock_at(ENDS + DAY):
        monkeypatch.setattr(evaluating, "notify_selected", die)
        with pytest.raises((RuntimeError, DatabaseError)):
            evaluate_signals()
        monkeypatch.setattr(evaluating, "notify_selected", notify_selected)
        connection.close()
        done = [pk for batch in batches[:-1] for pk in batch]
        assert [status(call) in ("evaluated", "void") for call in calls] == [
            call.pk in done for call in calls
        ]
        assert judged(calls)["notices"] == 2 * len(done)
        assert total([evaluate_signals()]) == (
            6 - sum(pk in done for pk in priced(calls)),
            3 - void_of(calls, done),
        )
    assert judged(calls) == WHOLE


def priced(calls: list[Recommendation]) -> list[int]:
    return [call.pk for number, call in enumerate(calls) if number % 3]


def void_of(calls: list[Recommendation], done: list[int]) -> int:
    return len(set(done) - set(priced(calls)))


def test_who_follows_at_the_last_moment_is_judged_too(bob) -> None:
    """The follow is written and not yet committed when the clock comes by: the call is the next run's."""
    call = call_on()
    came(call.card, ENDS.date(), "12.00")
    followed_it, looked = Event(), Event()

    def follow() -> int:
        try:
            with transaction.atomic():
                with clock_at(ENDS - HOUR):
                    found = follow_signal(signal_id=call.pk, by=bob)
                followed_it.set()
                assert looked.wait(20)
            return int(found.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        follower = pool.submit(follow)
        assert followed_it.wait(20)
        with clock_at(ENDS):
            assert evaluate_signals() == Evaluation(0, 0, 0)
        looked.set()
        pk = follower.result()
    with clock_at(ENDS + timedelta(minutes=5)):
        assert evaluate_signals() == Evaluation(1, 0, 0)
    assert result(RecommendationAction.objects.get(pk=pk))[1] == Decimal("0.4")
    assert Notification.objects.filter(user=bob).count() == 1
