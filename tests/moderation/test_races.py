"""Two moderators at once: one act, one row; and what they decide about is never a sealed review."""
# ruff: noqa: F811 — a test takes the fixtures of test_races by the names they are imported under

from functools import partial

import pytest

from moderation.errors import ModerationError
from moderation.models import ModerationAction
from moderation.services import hide_review, unhide_review
from reputation.errors import ReputationError
from reputation.models import TradeReview
from reputation.services import reply_to_review, submit_review
from tests.conftest import page_of
from tests.reputation.conftest import GOOD, POOR
from tests.trades.test_races import race, starters, without_locks  # noqa: F401

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def review(done, alice, bob):
    submit_review(proposal_id=done.pk, by=bob, ratings=GOOD)
    return submit_review(proposal_id=done.pk, by=alice, ratings=POOR)


def says(verb, review, by):
    return partial(verb, review_id=review.pk, by=by, reason="Extortion")


def test_hiding_twice_at_once_is_one_row(race, review, moderator, race_rounds):
    rows = 0
    for _ in range(race_rounds):
        for verb in (hide_review, unhide_review):
            assert sorted(race(says(verb, review, moderator), says(verb, review, moderator))) == [False, True]
            rows += 1
            assert ModerationAction.objects.count() == rows


def test_without_the_lock_there_are_two(race, review, moderator, monkeypatch):
    doubled = 0
    for _ in range(10):
        TradeReview.objects.filter(pk=review.pk).update(is_hidden=False)
        before = ModerationAction.objects.count()
        with without_locks(monkeypatch, TradeReview):
            race(says(hide_review, review, moderator), says(hide_review, review, moderator))
        doubled += ModerationAction.objects.count() - before == 2
    assert doubled > 0


def test_hiding_and_a_reply(race, swapped, alice, bob, moderator, race_rounds):
    """Whoever is first: the reply came to an open review, or there was none to reply to."""
    for _ in range(race_rounds):
        trade = swapped()
        submit_review(proposal_id=trade.pk, by=bob, ratings=GOOD)
        review = submit_review(proposal_id=trade.pk, by=alice, ratings=POOR)
        hidden, replied = race(
            says(hide_review, review, moderator),
            partial(reply_to_review, review_id=review.pk, by=bob, text="Not so."),
        )
        review.refresh_from_db()
        assert (hidden, review.is_hidden) == (True, True)
        if isinstance(replied, ReputationError):
            assert (replied.status, review.reply) == (404, "")
        else:
            assert review.reply == "Not so."


def test_hiding_and_the_reveal(race, swapped, alice, bob, moderator, race_rounds):
    """Before the reveal it is unknown, afterwards it can be hidden; it is never hidden under seal."""
    for _ in range(race_rounds):
        trade = swapped()
        review = submit_review(proposal_id=trade.pk, by=alice, ratings=POOR)
        hidden, _revealed = race(
            says(hide_review, review, moderator),
            partial(submit_review, proposal_id=trade.pk, by=bob, ratings=GOOD),
        )
        review = TradeReview.objects.select_related("trade").get(pk=review.pk)
        assert review.trade.reviews_revealed_at is not None
        if isinstance(hidden, ModerationError):
            assert (hidden.status, review.is_hidden) == (404, False)
        else:
            assert review.is_hidden
            act = ModerationAction.objects.latest("pk")
            assert act.created_at >= review.trade.reviews_revealed_at


def test_a_moderator_of_their_own_trade_gets_a_word_and_no_row(swapped, moderator, bob):
    """By the admin's own dialog too."""
    trade = swapped(moderator, bob)
    submit_review(proposal_id=trade.pk, by=moderator, ratings=GOOD)
    about_me = submit_review(proposal_id=trade.pk, by=bob, ratings=POOR)
    client = page_of(moderator)
    address = f"/admin/reputation/tradereview/{about_me.pk}/change/"
    link = next(text for text in client.get(address).content.decode().split('"') if text.endswith("/hide/"))
    client.post(link, {"_form_submitted": "on", "reason": "Lies"})
    assert "Nobody moderates a trade of their own." in client.get(address).content.decode()
    assert not ModerationAction.objects.exists()
    assert not TradeReview.objects.get(pk=about_me.pk).is_hidden
