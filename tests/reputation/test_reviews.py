"""Reviews: under seal until both are in or the window is over, then open together."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.clock import clock_moved, database_now, database_today
from notifications.models import Notification
from reputation.errors import ReputationError
from reputation.ledger import read_ledger
from reputation.models import TradeReview, UserReputation
from reputation.scoring import score
from reputation.seals import canonical_json, holds, seal_of
from reputation.services import (
    hide_review,
    recalculate,
    reply_to_review,
    reveal_due_reviews,
    submit_review,
    unhide_review,
)
from reputation.standing import star_counts
from tests.reputation.conftest import GOOD, POOR, decide, dispute, fact_of
from trades.services import withdraw_dispute

pytestmark = pytest.mark.django_db


def says(trade, by, ratings=GOOD, comment="Well packed."):
    return submit_review(proposal_id=trade.pk, by=by, ratings=ratings, comment=comment)


def refusal(call, *args, **kwargs):
    with pytest.raises(ReputationError) as caught:
        call(*args, **kwargs)
    return caught.value.status, caught.value.code


def notices():
    return list(
        Notification.objects.filter(category="reputation")
        .order_by("pk")
        .values_list("user__username", "kind")
    )


class TestWriting:
    def test_one_side_alone_stays_sealed(self, done, alice, bob, charlie):
        review = says(done, alice)
        assert fact_of(done).reviews_revealed_at is None
        assert (review.reviewer, review.reviewee) == (alice, bob)
        assert list(TradeReview.objects.visible_to(alice)) == [review]
        assert list(TradeReview.objects.visible_to(bob)) == []
        assert list(TradeReview.objects.visible_to(charlie)) == []
        assert notices() == []

    def test_both_open_together(self, done, alice, bob, charlie):
        mine = says(done, alice)
        theirs = says(done, bob, POOR)
        assert list(TradeReview.objects.visible_to(charlie).order_by("pk")) == [mine, theirs]
        assert notices() == [("bob", "review_revealed"), ("alice", "review_revealed")]

    @pytest.mark.parametrize("sanction", ["suspended_until", "banned_at"])
    def test_no_revenge_by_who_is_suspended(self, done, alice, bob, sanction):
        says(done, bob)
        setattr(alice, sanction, database_now() + timedelta(days=1))
        assert refusal(says, done, alice) == (403, "suspended")
        assert fact_of(done).reviews_revealed_at is None

    def test_an_edit_comes_under_a_new_seal(self, done, alice):
        first = says(done, alice)
        again = says(done, alice, POOR, "On second thoughts.")
        assert again.pk == first.pk
        assert (again.overall_rating, again.communication_rating) == (2, None)
        assert again.seal != first.seal
        assert bytes(again.salt) != bytes(first.salt)
        assert again.created_at == first.created_at < again.updated_at

    def test_the_seal_is_of_what_was_said(self, done, alice):
        review = says(done, alice, comment='Fine “foil”, "NM"\nthanks ☺')
        kept = TradeReview.objects.get(pk=review.pk)
        assert canonical_json(kept) == (
            '{"accuracy_rating":null,"comment":"Fine “foil”, \\"NM\\"\\nthanks ☺","communication_rating":4,'
            f'"overall_rating":5,"packaging_rating":null,"reviewer":"alice","speed_rating":null,"trade":{done.pk}}}'
        )
        assert holds(kept)
        assert seal_of(kept) == review.seal
        for name, value in (("overall_rating", 1), ("comment", "?"), ("salt", b"1" * 32)):
            changed = TradeReview.objects.get(pk=review.pk)
            setattr(changed, name, value)
            assert not holds(changed)

    def test_not_before_it_is_completed(self, swapped, alice):
        trade = swapped(confirmed=False)
        assert refusal(says, trade, alice) == (409, "not_completed")

    def test_a_stranger_is_told_of_no_trade(self, done, alice, charlie):
        assert says(done, alice)
        assert refusal(says, done, charlie) == (404, "not_found")

    @pytest.mark.parametrize(
        ("ratings", "pointer"),
        [
            ({}, "/overall_rating"),
            ({"overall_rating": None}, "/overall_rating"),
            ({"overall_rating": True}, "/overall_rating"),
            ({"overall_rating": 4.0}, "/overall_rating"),
            ({"overall_rating": "5"}, "/overall_rating"),
            ({"overall_rating": 0}, "/overall_rating"),
            ({"overall_rating": 6}, "/overall_rating"),
            ({"overall_rating": 5, "speed_rating": 0}, "/speed_rating"),
        ],
    )
    def test_ratings_are_whole_stars(self, done, alice, ratings, pointer):
        with pytest.raises(ReputationError) as caught:
            says(done, alice, ratings)
        assert [fault.pointer for fault in caught.value.faults] == [pointer]
        assert TradeReview.objects.count() == 0

    def test_2000_characters_and_not_one_more(self, done, alice):
        assert len(says(done, alice, comment="x" * 2_000).comment) == 2_000
        assert refusal(says, done, alice, comment="x" * 2_001) == (400, "too_long")

    def test_not_after_the_reveal(self, done, alice, bob):
        says(done, alice)
        says(done, bob)
        assert refusal(says, done, alice, POOR) == (409, "revealed")


class TestTheWindow:
    def test_is_14_days(self, done, alice, bob):
        with clock_moved(timedelta(days=13, hours=23)):
            says(done, alice)
            assert reveal_due_reviews() == 0
        with clock_moved(timedelta(days=14)):
            assert refusal(says, done, bob) == (409, "window_over")
            assert refusal(says, done, alice) == (409, "window_over")
            assert reveal_due_reviews() == 1
            assert reveal_due_reviews() == 0
            assert refusal(says, done, bob) == (409, "revealed")
        assert fact_of(done).reviews_revealed_at is not None
        assert notices() == [("bob", "review_revealed")]

    def test_nobody_wrote(self, done):
        with clock_moved(timedelta(days=15)):
            assert reveal_due_reviews() == 1
        assert notices() == []

    def test_stands_still_during_a_dispute(self, done, alice, bob):
        closes_at = fact_of(done).reviews_close_at
        with clock_moved(timedelta(days=10)):
            dispute(done, bob)
        with clock_moved(timedelta(days=20)):
            says(done, alice)
            says(done, bob)  # both are in, and still nothing opens
            assert fact_of(done).reviews_revealed_at is None
            assert reveal_due_reviews() == 0
            withdraw_dispute(proposal_id=done.pk, by=bob)
        assert fact_of(done).reviews_revealed_at is not None  # as both had waited for nothing else
        assert timedelta(days=9.9) < fact_of(done).reviews_close_at - closes_at < timedelta(days=10.1)

    def test_goes_on_where_it_stood(self, done, alice, bob):
        with clock_moved(timedelta(days=10)):
            dispute(done, bob)
        with clock_moved(timedelta(days=20)):
            withdraw_dispute(proposal_id=done.pk, by=bob)
        with clock_moved(timedelta(days=23, hours=23)):
            assert reveal_due_reviews() == 0
            says(done, alice)
        with clock_moved(timedelta(days=24, hours=1)):
            assert refusal(says, done, bob) == (409, "window_over")
            assert reveal_due_reviews() == 1

    def test_a_dispute_after_its_end_does_not_open_it_again(self, done, alice, bob):
        with clock_moved(timedelta(days=15)):
            dispute(done, bob)
            assert refusal(says, done, alice) == (409, "window_over")
        with clock_moved(timedelta(days=25)):
            withdraw_dispute(proposal_id=done.pk, by=bob)
            assert refusal(says, done, alice) == (409, "window_over")
            assert reveal_due_reviews() == 1


class TestTheLoserOfADispute:
    def test_neither_their_review_nor_their_trade_counts(self, done, alice, bob, moderator):
        says(done, alice, POOR)
        says(done, bob)
        before = recalculate(user_id=bob.pk)
        assert (before.total_reviews, before.negative_reviews, before.distinct_partners) == (1, 1, 1)
        dispute(done, bob)
        with clock_moved(timedelta(days=6)):
            decide(done, moderator, "for_opener")
        winner, loser = recalculate(user_id=bob.pk), recalculate(user_id=alice.pk)
        assert (winner.total_reviews, winner.average_rating, winner.distinct_partners) == (0, None, 1)
        assert (loser.total_reviews, loser.distinct_partners, loser.disputes_lost) == (1, 0, 1)
        assert (star_counts(bob)[2], star_counts(alice)[5]) == (0, 1)

    def test_the_page_says_that_it_counts_nowhere(self, done, alice, bob, moderator, client):
        says(done, alice, POOR)
        says(done, bob)
        remark = "Counts nowhere: its author lost a dispute about this trade."
        assert remark not in client.get("/u/bob/reviews/").content.decode()
        dispute(done, bob)
        with clock_moved(timedelta(days=6)):
            decide(done, moderator, "for_opener")
        assert remark in client.get("/u/bob/reviews/").content.decode()
        assert remark not in client.get("/u/alice/reviews/").content.decode()

    def test_an_opener_in_good_faith_loses_no_points(self, done, alice, bob, moderator):
        dispute(done, bob)
        with clock_moved(timedelta(days=6)):
            decide(done, moderator, "for_other")
        assert recalculate(user_id=bob.pk).disputes_lost == 0


class TestReplies:
    @pytest.fixture
    def review(self, done, alice, bob):
        says(done, bob)
        return says(done, alice)

    def test_once_by_whom_it_is_about(self, review, alice, bob):
        replied = reply_to_review(review_id=review.pk, by=bob, text="Any time.")
        assert (replied.reply, replied.replied_at is None) == ("Any time.", False)
        assert refusal(reply_to_review, review_id=review.pk, by=bob, text="And…") == (409, "already_replied")
        assert notices()[-1] == ("alice", "review_replied")

    def test_not_by_the_author_nor_by_a_stranger(self, review, alice, charlie):
        for by in (alice, charlie):
            assert refusal(reply_to_review, review_id=review.pk, by=by, text="Hm.") == (403, "not_yours")

    @pytest.mark.parametrize("text", ["", " \u200b", "x" * 1_001])
    def test_1_to_1000_characters(self, review, bob, text):
        assert refusal(reply_to_review, review_id=review.pk, by=bob, text=text) == (400, "invalid")

    def test_for_30_days(self, review, bob):
        with clock_moved(timedelta(days=30, minutes=1)):
            assert refusal(reply_to_review, review_id=review.pk, by=bob, text="Late.") == (409, "window_over")

    def test_a_sealed_one_is_unknown_to_the_other_side(self, done, alice, bob):
        review = says(done, alice)
        assert refusal(reply_to_review, review_id=review.pk, by=bob, text="?") == (404, "not_found")
        assert refusal(reply_to_review, review_id=review.pk, by=alice, text="?") == (403, "not_yours")


class TestHiding:
    def test_is_as_if_never_written_and_back_again(self, swapped, alice, bob):
        trade = swapped()
        bare = score(read_ledger(bob, database_today()).facts)
        review = says(trade, alice, POOR)
        says(trade, bob)
        shown = recalculate(user_id=bob.pk)
        assert (shown.total_reviews, shown.negative_reviews) == (1, 1)
        assert hide_review(review_id=review.pk, reason="Extortion") is True
        assert hide_review(review_id=review.pk, reason="Again") is False
        hidden = recalculate(user_id=bob.pk)
        assert (hidden.total_reviews, hidden.average_rating) == (0, None)
        assert read_ledger(bob, database_today()).parts == bare
        assert unhide_review(review_id=review.pk) is True
        assert unhide_review(review_id=review.pk) is False
        assert (
            recalculate(user_id=bob.pk).reputation_score == shown.reputation_score != hidden.reputation_score
        )

    def test_a_hidden_one_is_unknown_to_all_but_its_author(self, done, alice, bob, charlie):
        review = says(done, alice)
        says(done, bob)
        assert TradeReview.objects.visible_to(charlie).filter(pk=review.pk).exists()
        hide_review(review_id=review.pk, reason="Extortion")
        for reader, count in ((charlie, 0), (bob, 0), (alice, 1)):
            assert TradeReview.objects.visible_to(reader).filter(pk=review.pk).count() == count
        assert refusal(reply_to_review, review_id=review.pk, by=bob, text="?") == (404, "not_found")


class TestPostgreSQLKeepsItToo:
    """Whoever writes the row."""

    @pytest.fixture
    def row(self, done, alice, bob):
        review = says(done, alice)
        TradeReview.objects.filter(pk=review.pk).delete()
        return review

    @pytest.mark.parametrize(
        ("name", "value"),
        [("overall_rating", 0), ("overall_rating", 6), ("speed_rating", 6), ("packaging_rating", 0)],
    )
    def test_ratings(self, row, name, value):
        setattr(row, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    def test_only_between_the_parties(self, row, charlie):
        row.reviewee = charlie
        with pytest.raises(IntegrityError, match="between the parties"), transaction.atomic():
            row.save(force_insert=True)

    def test_once_a_side(self, done, row):
        row.save(force_insert=True)
        row.pk = None
        with pytest.raises(IntegrityError, match="once_per_side"), transaction.atomic():
            row.save(force_insert=True)


def test_a_gift_counts_for_nothing_in_the_score(swapped, alice, bob):
    trade = swapped(price="1.00")
    says(trade, alice)
    says(trade, bob)
    reputation = recalculate(user_id=bob.pk)
    assert (reputation.total_trades, reputation.total_reviews, reputation.distinct_partners) == (1, 1, 0)
    assert reputation.reputation_score == 10  # the verified e-mail
    assert UserReputation.objects.get(pk=bob.pk).total_trade_value == 2
