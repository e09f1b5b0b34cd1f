"""Two at once: one review a side, and never an edited text under an old seal."""
# ruff: noqa: F811 — a test takes the fixtures of test_races by the names they are imported under

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from core.clock import clock_moved, database_now
from reputation.errors import ReputationError
from reputation.models import CompletedTrade, TradeReview
from reputation.seals import holds
from reputation.services import (
    erase_review_texts,
    recalculate,
    recalculate_all,
    reply_to_review,
    reveal_due_reviews,
    submit_review,
)
from tests.reputation.conftest import GOOD, POOR
from tests.trades.test_races import race, starters, without_locks  # noqa: F401

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(calls):
    together = Barrier(len(calls))

    def run(call):
        try:
            connection.ensure_connection()
            together.wait(20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(run, call) for call in calls]]


def says(trade, by, ratings=GOOD, comment=""):
    return partial(submit_review, proposal_id=trade.pk, by=by, ratings=ratings, comment=comment)


def test_ten_at_once_give_one_review(done, alice):
    ids = {review.pk for review in at_once([says(done, alice, comment=str(n)) for n in range(10)])}
    assert len(ids) == 1
    kept = TradeReview.objects.get(reviewer=alice)
    assert holds(kept)


def test_an_edit_and_the_reveal(race, swapped, alice, bob, race_rounds):
    """Whoever is first: an open review says what it was sealed with, and what its author was told."""
    kept = set()
    for _ in range(race_rounds):
        trade = swapped()
        first = says(trade, alice, GOOD, "first")()
        edited, _revealed = race(says(trade, alice, POOR, "edited"), says(trade, bob))
        shown = TradeReview.objects.get(trade__proposal=trade, reviewer=alice)
        assert holds(shown)
        assert not was_edited_late(shown)
        if isinstance(edited, ReputationError):
            assert (edited.code, shown.comment, shown.seal) == ("revealed", "first", first.seal)
        else:
            assert (shown.comment, shown.seal) == ("edited", edited.seal)
        kept.add(shown.comment)
    assert kept <= {"first", "edited"}


def test_an_edit_and_the_clock(race, swapped, alice, race_rounds):
    for _ in range(race_rounds):
        trade = swapped()
        with clock_moved(timedelta(days=13)):
            first = says(trade, alice, GOOD, "first")()
        CompletedTrade.objects.filter(proposal=trade).update(reviews_close_at=trade.completed_at)
        edited, opened = race(says(trade, alice, POOR, "edited"), reveal_due_reviews)
        # A trade whose lock is taken is passed over, and is the next run's.
        assert opened + reveal_due_reviews() == 1
        shown = TradeReview.objects.get(trade__proposal=trade)
        assert isinstance(edited, ReputationError)
        assert (shown.comment, shown.seal, holds(shown)) == ("first", first.seal, True)


def was_edited_late(review):
    return review.updated_at >= review.trade.reviews_revealed_at


def test_without_the_lock_an_edit_slips_in_after_the_reveal(race, swapped, alice, bob, monkeypatch):
    slipped = 0
    for _ in range(10):
        trade = swapped()
        says(trade, alice, GOOD, "first")()
        with without_locks(monkeypatch, CompletedTrade):
            race(says(trade, alice, POOR, "edited"), says(trade, bob))
        slipped += was_edited_late(TradeReview.objects.get(trade__proposal=trade, reviewer=alice))
    assert slipped > 0


def test_a_reply_under_way_is_waited_for(done, alice, bob):
    """It is written and not yet committed when the account of its author goes: no word of it stays."""
    about_alice = says(done, bob)()
    says(done, alice)()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            reply_to_review(review_id=about_alice.pk, by=alice, text="Words")
            ended = pool.submit(in_a_thread, partial(end, alice))
            with pytest.raises(TimeoutError):
                ended.result(0.5)
        ended.result(20)
    assert TradeReview.objects.get(pk=about_alice.pk).reply == ""


def in_a_thread(call):
    try:
        return call()
    finally:
        connections.close_all()


@transaction.atomic
def end(user):
    User.objects.filter(pk=user.pk).update(deleted_at=database_now())
    return erase_review_texts(user=user)


def test_one_and_all_at_once_never_wait_in_a_circle(swapped, alice, bob):
    swapped()
    calls = [partial(recalculate, user_id=user.pk) for user in (alice, bob, bob, alice)]
    at_once([*calls, recalculate_all, recalculate_all])
    assert recalculate_all() == 0
