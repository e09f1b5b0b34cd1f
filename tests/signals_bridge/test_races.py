"""Two at once: imports into one source, follows of one call, follows on one card; with controls."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from signals_bridge.errors import SignalError
from signals_bridge.models import Recommendation, RecommendationAction, Source
from signals_bridge.services import ImportReport, follow_signal, import_signals, register_publisher
from tests.signals_bridge.factories import SignalFactory, row

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or raised; they start together, each in a thread of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def without_locks(monkeypatch) -> None:
    """The control: SELECT … FOR UPDATE becomes a plain SELECT."""

    def plain(rows: Any, **_options: Any) -> Any:
        return rows.all()

    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", plain)


@pytest.mark.parametrize("locks", [True, False], ids=["locked", "control"])
def test_two_imports_at_once_enter_each_call_once(locks, alice, acme, opt, race_rounds, monkeypatch) -> None:
    """Without the source's lock both find nothing known, and one is stopped by the constraint alone."""
    if not locks:
        without_locks(monkeypatch)
    rows = [(n, row(opt, external_id=str(n))) for n in range(200)]
    stopped = 0
    for _ in range(race_rounds):
        Recommendation.objects.all().delete()
        done = at_once(*[lambda: import_signals(source="acme", rows=rows, by=alice)] * 2)
        assert Recommendation.objects.count() == 200
        stopped += sum(isinstance(result, IntegrityError) for result in done)
        if locks:
            both = sorted(done, key=lambda report: report.created)
            assert both == [ImportReport(unchanged=200), ImportReport(created=200)]
    assert (stopped == 0) == locks


def test_two_imports_of_different_words_at_once_keep_one(alice, acme, opt, race_rounds) -> None:
    one = row(opt)
    other = one | {"rationale": "On second thought."}
    for _ in range(race_rounds):
        Recommendation.objects.all().delete()
        done = at_once(
            *[partial(import_signals, source="acme", rows=[(0, said)], by=alice) for said in (one, other)]
        )
        assert sorted(type(result).__name__ for result in done) == ["ImportReport", "SignalError"]
        assert Recommendation.objects.count() == 1


def test_a_new_source_goes_to_one_of_two(alice, bob, opt, race_rounds) -> None:
    for user in (alice, bob):
        register_publisher(user=user)
    for n in range(race_rounds):
        rows = [(0, row(opt))]
        done = at_once(
            *[partial(import_signals, source=f"new{n}", rows=rows, by=user) for user in (alice, bob)]
        )
        refusals = [result for result in done if isinstance(result, SignalError)]
        assert [type(result) for result in done].count(ImportReport) == 1
        assert [refusal.code in ("source_taken", "not_your_source") for refusal in refusals] == [True]
        assert Recommendation.objects.filter(source__name=f"new{n}").count() == 1
    assert Source.objects.count() == race_rounds


def test_following_twice_at_once_is_one_follow(bob, signal, race_rounds) -> None:
    for _ in range(race_rounds):
        RecommendationAction.objects.all().delete()
        one, other = at_once(*[lambda: follow_signal(signal_id=signal.pk, by=bob)] * 2)
        assert one == other
        assert RecommendationAction.objects.count() == 1


@pytest.mark.parametrize("locks", [True, False], ids=["locked", "control"])
def test_of_two_follows_on_one_card_at_once_one_counts(
    locks, bob, acme, opt, race_rounds, monkeypatch
) -> None:
    """Without the user's lock neither sees the other, and both would enter the score."""
    if not locks:
        without_locks(monkeypatch)
    calls = [SignalFactory(source=acme, card=opt) for _ in range(2)]
    counted = set()
    for _ in range(race_rounds * (1 if locks else 5)):
        RecommendationAction.objects.all().delete()
        at_once(*[lambda call=call: follow_signal(signal_id=call.pk, by=bob) for call in calls])
        counted.add(RecommendationAction.objects.counting().count())
    assert counted == {1} if locks else 2 in counted


def test_a_call_that_is_being_settled_is_not_waited_for(bob, signal) -> None:
    """Who settles calls may wait for users in turn: a follow that waited could make a circle."""
    with transaction.atomic():
        Recommendation.objects.select_for_update(no_key=True).get(pk=signal.pk)
        (refusal,) = at_once(lambda: follow_signal(signal_id=signal.pk, by=bob))
    assert refusal.code == "not_open"
    assert follow_signal(signal_id=signal.pk, by=bob).counts
