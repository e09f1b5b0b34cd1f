"""A trade becomes a fact in the transaction that completes it, and facts become figures once, soon."""

import base64
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts.services import block_user, unblock_user
from accounts.signals import verification_changed
from core.clock import clock_moved, database_now, database_today
from core.redis import connection
from notifications.models import Notification
from reputation.coalescing import begun, recalculate_soon
from reputation.ledger import streaks
from reputation.models import CompletedTrade, ReputationPoint, SignalOutcome, TradeReview, UserReputation
from reputation.services import (
    keep_signal_outcomes,
    recalculate,
    recalculate_all,
    record_completed_trade,
    submit_review,
)
from reputation.standing import habits_of
from reputation.tasks import recalculate_everyone, recalculate_user
from tests.factories import HoldingFactory, UserFactory
from tests.reputation.conftest import GOOD, dispute, fact_of
from trades.models import Status, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    create_proposal,
    withdraw_dispute,
)
from trades.signals import trade_event_recorded
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


class TestTheRecord:
    def test_of_cards_and_cash(self, alice, bob):
        bolt = HoldingFactory(owner=alice, card__name="Lightning Bolt", price="2.50", quantity=3)
        offer = create_proposal(
            by=alice,
            recipient="bob",
            terms=Terms(offers=(Line(bolt.pk, 3),), recipient_adds_cash=Decimal("6.00")),
        )
        accept_proposal(proposal_id=offer.pk, by=bob)
        confirm_receipt(proposal_id=offer.pk, by=bob)
        assert not CompletedTrade.objects.exists()
        done = confirm_receipt(proposal_id=offer.pk, by=alice, completion_notes="Met at the shop.")
        (fact,) = CompletedTrade.objects.all()
        assert (fact.proposal_id, fact.user_a, fact.user_b) == (offer.pk, alice, bob)
        assert (fact.user_a_name, fact.user_b_name) == ("alice", "bob")
        assert fact.user_b_gave == []
        assert fact.user_a_gave == [
            {
                "card": bolt.card_id,
                "name": "Lightning Bolt",
                "set": bolt.card.set_code,
                "number": bolt.card.collector_number,
                "finish": "nonfoil",
                "condition": "NM",
                "language": "en",
                "quantity": 3,
                "unit_price": "2.50",
            }
        ]
        values = (fact.user_a_gave_value, fact.user_b_gave_value, fact.cash_from_a, fact.cash_from_b)
        assert values == (Decimal("7.50"), Decimal(0), Decimal(0), Decimal(6))
        assert fact.total_trade_value == Decimal("13.50")
        assert (fact.proposed_at, fact.completed_at) == (done.sent_at, done.completed_at)
        assert (fact.user_a_confirmed, fact.user_b_confirmed) == (True, True)
        assert (fact.completion_method, fact.notes, fact.is_counted) == ("mail", "Met at the shop.", True)
        assert fact.reviews_close_at == done.completed_at + timedelta(days=14)

    def test_comes_with_the_completion_or_both_do_not(self, swapped, alice, bob):
        trade = swapped(confirmed=False)
        confirm_receipt(proposal_id=trade.pk, by=alice)

        def fail(**kwargs):
            if kwargs["event"].kind == "completed":
                raise RuntimeError("a listener after ours")

        trade_event_recorded.connect(fail)
        try:
            with pytest.raises(RuntimeError), transaction.atomic():
                confirm_receipt(proposal_id=trade.pk, by=bob)
        finally:
            trade_event_recorded.disconnect(fail)
        assert TradeProposal.objects.get(pk=trade.pk).status == Status.ACCEPTED
        assert not CompletedTrade.objects.exists()
        confirm_receipt(proposal_id=trade.pk, by=bob)
        assert fact_of(trade).user_b == bob

    def test_a_second_telling_changes_nothing(self, done):
        before = list(CompletedTrade.objects.values())
        record_completed_trade(proposal=done)
        assert list(CompletedTrade.objects.values()) == before


def queued():
    """The users whose recalculation lies in Celery's queue, in its order."""
    messages = [json.loads(row) for row in reversed(connection().lrange("celery", 0, -1))]
    calls = [json.loads(base64.b64decode(message["body"])) for message in messages]
    return [args[0] for args, _kwargs, _embedded in calls]


@pytest.fixture
def queue(db, django_capture_on_commit_callbacks):
    """queue(call) → who is queued by it, in a queue that was empty."""

    def run(call):
        connection().delete("celery")
        for key in connection().scan_iter("recalculate:*"):
            connection().delete(key)
        with django_capture_on_commit_callbacks(execute=True):
            call()
        return sorted(queued())

    yield run
    connection().delete("celery")


class TestSoon:
    def test_a_hundred_facts_make_one_run(self, alice, queue):
        def hundred():
            for n in range(100):
                keep_signal_outcomes(
                    query="SELECT %(user)s::bigint, 's', %(n)s::text, %(n)s %% 2 = 0, %(now)s::timestamptz",
                    values={"user": alice.pk, "n": n, "now": database_now()},
                )

        assert queue(hundred) == [alice.pk]
        recalculate_user(alice.pk)
        found = UserReputation.objects.get(user=alice)
        assert (found.signals_followed, found.signals_profitable) == (100, 50)

    def test_an_outcome_that_is_told_again_is_replaced(self, alice, queue):
        def tell(profitable):
            values = {"user": alice.pk, "profitable": profitable, "now": database_now()}
            query = "SELECT %(user)s::bigint, 's', '1', %(profitable)s, %(now)s::timestamptz"
            keep_signal_outcomes(query=query, values=values)

        assert queue(lambda: [tell(True), tell(False)]) == [alice.pk]
        assert list(SignalOutcome.objects.values_list("user", "profitable")) == [(alice.pk, False)]

    def test_for_very_many_at_once_everybody_is_rebuilt_once(
        self, alice, queue, django_capture_on_commit_callbacks
    ):
        many = range(1, 502)
        assert len(queue(lambda: recalculate_soon(many[:-1]))) == 500
        connection().delete("celery")
        with django_capture_on_commit_callbacks(execute=True):
            recalculate_soon(many)
            recalculate_soon(many)
        assert connection().llen("celery") == 1
        with django_capture_on_commit_callbacks(execute=True):
            recalculate_everyone()
            recalculate_soon(many)
        assert connection().llen("celery") == 2
        assert UserReputation.objects.get(user=alice).reputation_score == 10

    def test_what_comes_while_it_runs_asks_for_another(
        self, alice, queue, django_capture_on_commit_callbacks
    ):
        assert queue(lambda: recalculate_soon([alice.pk])) == [alice.pk]
        begun(alice.pk)
        with django_capture_on_commit_callbacks(execute=True):
            recalculate_soon([alice.pk])
        assert queued() == [alice.pk, alice.pk]

    def test_a_transaction_that_is_undone_queues_nothing(self, alice, queue):
        def undone():
            with transaction.atomic():
                recalculate_soon([alice.pk])
                transaction.set_rollback(True)

        assert queue(undone) == []

    def test_each_fact_reaches_whom_it_is_about(self, swapped, alice, bob, charlie, queue):
        both = sorted([alice.pk, bob.pk])
        trade = swapped(confirmed=False)
        confirm_receipt(proposal_id=trade.pk, by=alice)
        assert queue(lambda: confirm_receipt(proposal_id=trade.pk, by=bob)) == both
        assert queue(lambda: submit_review(proposal_id=trade.pk, by=alice, ratings=GOOD)) == []
        assert queue(lambda: submit_review(proposal_id=trade.pk, by=bob, ratings=GOOD)) == both
        assert queue(lambda: dispute(trade, bob)) == both
        assert queue(lambda: withdraw_dispute(proposal_id=trade.pk, by=bob)) == both
        called_off = swapped(confirmed=False)
        assert queue(lambda: cancel_trade(proposal_id=called_off.pk, by=alice, reason="Lost")) == both
        assert queue(lambda: block_user(username="bob", by=charlie)) == [bob.pk]
        assert queue(lambda: unblock_user(username="bob", by=charlie)) == [bob.pk]
        assert queue(lambda: verification_changed.send(None, user=bob)) == [bob.pk]


class TestTiers:
    @pytest.fixture
    def said(self):
        return lambda user: [n.line for n in Notification.objects.of(user).filter(category="reputation")]

    @pytest.fixture(params=["one", "all"])
    def rebuild(self, request):
        """By either of the two ways."""
        return recalculate if request.param == "one" else lambda **_of_whom: recalculate_all()

    def earn(self, user, partners, of_each=1):
        """Completed trades, as facts; 10 points each while they are few."""
        now = database_now()
        for partner in UserFactory.create_batch(partners):
            for _ in range(of_each):
                proposal = TradeProposal(
                    proposer=user, recipient=partner, status=Status.COMPLETED, created_at=now, sent_at=now,
                    expires_at=now, accepted_at=now, completed_at=now, closed_at=now,
                    proposer_offers_value=5, proposer_wants_value=5,
                )  # fmt: skip
                TradeProposal._base_manager.bulk_create([proposal])
                record_completed_trade(proposal=proposal)

    def test_a_rise_is_told_with_its_reason_once(self, alice, rebuild, said):
        self.earn(alice, 9)
        rebuild(user_id=alice.pk)
        for _ in range(2):
            rebuild(user_id=alice.pk)
            alice.refresh_from_db()
            assert (alice.trust_tier, said(alice)) == (
                "bronze",
                [
                    "You rose to bronze: it asks for 100 points and 2 partners, and you have them.",
                ],
            )

    def test_a_fall_names_the_points_that_are_missing(self, alice, rebuild, said):
        self.earn(alice, 9)
        type(alice).objects.filter(pk=alice.pk).update(trust_tier="silver")
        rebuild(user_id=alice.pk)
        assert said(alice) == ["You are bronze now: 100 points are fewer than the 270 that keep silver."]

    def test_or_the_partners(self, alice, rebuild, said):
        """Thirty good reviews of one friend are points enough."""
        self.earn(alice, 1, of_each=30)
        facts = list(CompletedTrade.objects.all())
        CompletedTrade.objects.update(reviews_revealed_at=database_now())
        TradeReview.objects.bulk_create(
            TradeReview(
                trade=fact, reviewer=fact.user_b, reviewee=alice, overall_rating=5, seal="0" * 64, salt=b"0",
                created_at=fact.completed_at, updated_at=fact.completed_at,
            )
            for fact in facts
        )  # fmt: skip
        type(alice).objects.filter(pk=alice.pk).update(trust_tier="bronze")
        rebuild(user_id=alice.pk)
        assert UserReputation.objects.get(user=alice).reputation_score > 100
        assert said(alice) == ["You are new now: bronze asks for trades that count with 2 partners."]

    def test_nine_tenths_keep_a_tier(self, alice, rebuild, said):
        self.earn(alice, 8)
        for tier in ("bronze", "new"):
            type(alice).objects.filter(pk=alice.pk).update(trust_tier=tier)
            rebuild(user_id=alice.pk)
            found = UserReputation.objects.get(user=alice)
            assert (found.reputation_score, found.reputation_tier) == (90, tier)
        assert said(alice) == []


class TestHabits:
    def test_completed_of_what_ended(self, swapped, alice, bob):
        swapped()
        called_off = swapped(confirmed=False)
        TradeProposal.objects.filter(pk=called_off.pk).update(
            status=Status.CANCELLED, closed_at=database_now(), cancel_counts_against=alice
        )
        assert habits_of(alice).completion_pct == 50
        assert habits_of(bob).completion_pct == 100  # it was no fault of his
        assert habits_of(UserFactory()).completion_pct is None

    def test_the_usual_time_to_answer(self, swapped, alice, bob):
        for hours in (1, 3, 50):
            trade = swapped()
            TradeProposal.objects.filter(pk=trade.pk).update(
                responded_at=trade.sent_at + timedelta(hours=hours)
            )
        assert habits_of(bob).response_time == timedelta(hours=3)
        assert habits_of(bob).response_words == "3 hours"
        assert habits_of(alice).response_time is None


@pytest.mark.parametrize(
    ("ratings", "found"),
    [
        ([], (0, 0)),
        ([5, 4, 5], (3, 3)),
        ([5, 5, 3, 4], (1, 2)),
        ([5, 5, 1], (0, 2)),
    ],
)
def test_streaks_are_of_fours_and_fives(ratings, found):
    assert streaks(ratings) == found


def test_the_curve_keeps_a_point_for_each_day_on_which_the_score_changed(done, bob):
    for days in (0, 1, 45, 90):
        with clock_moved(timedelta(days=days)):
            recalculate(user_id=bob.pk)
    today = database_today()
    points = list(ReputationPoint.objects.filter(user=bob).order_by("day").values_list("day", "score"))
    assert points == [(today, 20), (today + timedelta(days=45), 19), (today + timedelta(days=90), 18)]
