"""What time does to accepted trades: each ends, or lands in the moderators' queue."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cards.models import Holding
from core.clock import clock_moved, database_now
from notifications.models import Notification
from tests.trades.test_shipping import accepted, after_acceptance
from trades.models import TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    complete_arrived,
    confirm_receipt,
    lapse_idle,
    mark_sent,
    open_dispute,
    remind_of_arrival,
    remind_of_unfinished,
    report_delay,
    settle_trades,
    withdraw_dispute,
)
from trades.terms import Line

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def days(number: float) -> timedelta:
    return timedelta(days=number) + MINUTE


def fresh(trade):
    return TradeProposal.objects.get(pk=trade.pk)


def reserved():
    return sum(Holding.objects.values_list("reserved", flat=True))


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("user__username", flat=True))


def settled_on(*moments):
    """What the hourly run did after so many days, one after the other."""
    done = []
    for number in moments:
        with clock_moved(days(number)):
            done.append(tuple(settle_trades().values()))
    return done


class TestLapse:
    def test_after_21_days_with_nothing_sent(self, trade, alice):
        assert reserved() == 4
        assert settled_on(20.9, 21, 21) == [(0, 0, 0), (0, 1, 0), (0, 0, 0)]
        lapsed = fresh(trade)
        assert (lapsed.status, reserved()) == ("cancelled", 0)
        assert lapsed.cancel_counts_against == alice  # by mail, and named to send first
        event = TradeEvent.objects.get(kind="lapsed")
        assert (event.actor, event.payload) == (None, {"counts_against": alice.pk})
        assert told("trade_lapsed") == ["alice", "bob"]

    @pytest.mark.parametrize("method", ["in_person", "other"])
    def test_other_than_by_mail_it_is_nobodys_fault(self, alice, bob, bolt, mox, method):
        trade = accepted(alice, bob, offers=(Line(bolt.pk),), wants=(Line(mox.pk),), completion_method=method)
        assert settled_on(21) == [(0, 1, 0)]
        assert fresh(trade).cancel_counts_against is None

    def test_nor_where_the_partner_was_shut_out(self, trade, bob):
        bob.banned_at = database_now()
        bob.save()
        assert settled_on(21) == [(0, 1, 0)]
        assert fresh(trade).cancel_counts_against is None

    def test_not_once_something_was_sent_or_confirmed(self, trade, alice, bob):
        with clock_moved(days(20)):
            mark_sent(proposal_id=trade.pk, by=bob)
        with clock_moved(days(30)):
            assert lapse_idle() == 0

    def test_not_once_one_has_confirmed(self, trade, alice):
        confirm_receipt(proposal_id=trade.pk, by=alice)
        with clock_moved(days(22)):
            assert lapse_idle() == 0

    def test_vacation_stops_nothing(self, trade, alice):
        alice.vacation_until = (database_now() + timedelta(days=60)).date()
        alice.save()
        assert settled_on(21) == [(0, 1, 0)]

    def test_a_dispute_stops_it_and_its_time_is_given_back(self, trade, bob):
        with clock_moved(days(10)):
            open_dispute(proposal_id=trade.pk, by=bob, reason="other", text="No answer at all.")
        with clock_moved(days(25)):
            assert lapse_idle() == 0
            withdraw_dispute(proposal_id=trade.pk, by=bob)
            assert lapse_idle() == 0
        assert fresh(trade).stood_still > timedelta(days=14, hours=23)
        with clock_moved(days(35.9)):
            assert lapse_idle() == 0
        with clock_moved(days(36.1)):
            assert lapse_idle() == 1


class TestCompletionWithoutTheOther:
    @pytest.fixture
    def half_done(self, trade, alice, bob):
        """Both sent at once; alice has what is hers and said so."""
        mark_sent(proposal_id=trade.pk, by=alice)
        mark_sent(proposal_id=trade.pk, by=bob)
        return confirm_receipt(proposal_id=trade.pk, by=alice)

    def test_thirty_days_after_its_own_parcel_and_two_reminders(self, half_done, alice, bob):
        # At 30 days both sides' general reminder falls due as well, but by then it is complete.
        assert settled_on(19.9, 20, 20, 26.9, 27, 27, 29.9, 30, 30) == [
            (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0)
        ]  # fmt: skip
        done = fresh(half_done)
        assert (done.status, done.recipient_confirmed_at) == ("completed", None)
        assert after_acceptance(half_done)[-1] == "completed"
        assert TradeEvent.objects.get(kind="completed").actor is None
        assert told("trade_arrived") == ["bob", "bob"]
        assert told("trade_completed") == ["alice", "bob"]
        owners = Holding.objects.filter(quantity__gt=0).order_by("owner__username", "card__name")
        assert [(h.owner.username, h.card.name, h.quantity) for h in owners] == [
            ("alice", "Lightning Bolt", 1),
            ("alice", "Mox Opal", 1),
            ("bob", "Lightning Bolt", 3),
            ("bob", "Mox Opal", 1),
        ]
        assert reserved() == 0

    def test_never_without_the_two_reminders_spaced_apart(self, half_done):
        # The beat was down for 40 days.
        assert settled_on(40, 40, 46.9, 47, 49.9, 50) == [
            (0, 0, 2),  # the first, and the one to both of the unfinished trade
            (0, 0, 0),
            (0, 0, 0),
            (0, 0, 1),
            (0, 0, 0),
            (1, 0, 0),
        ]

    def test_not_here_yet_adds_thirty_days_and_begins_the_reminders_anew(self, half_done, bob):
        assert settled_on(20) == [(0, 0, 1)]
        with clock_moved(days(21)):
            report_delay(proposal_id=half_done.pk, by=bob)
        assert settled_on(30, 49.9, 50, 57, 59.9, 60) == [
            (0, 0, 1),
            (0, 0, 0),
            (0, 0, 1),
            (0, 0, 1),
            (0, 0, 0),
            (1, 0, 0),
        ]

    def test_not_without_the_own_parcel(self, trade, alice, bob):
        """Who has received but never said that they sent gets nothing from the clock."""
        mark_sent(proposal_id=trade.pk, by=bob)
        confirm_receipt(proposal_id=trade.pk, by=alice)
        with clock_moved(days(59)):
            assert (remind_of_arrival(), complete_arrived()) == (0, 0)

    def test_not_in_person(self, alice, bob, bolt, mox):
        trade = accepted(
            alice, bob, offers=(Line(bolt.pk),), wants=(Line(mox.pk),), completion_method="in_person"
        )
        confirm_receipt(proposal_id=trade.pk, by=alice)
        with clock_moved(days(59)):
            assert (remind_of_arrival(), complete_arrived()) == (0, 0)

    def test_paid_counts_like_sent(self, alice, bob, mox):
        trade = accepted(alice, bob, wants=(Line(mox.pk),), proposer_adds_cash=Decimal(20))
        mark_sent(proposal_id=trade.pk, by=alice)
        confirm_receipt(proposal_id=trade.pk, by=alice)
        assert settled_on(20, 27, 30) == [(0, 0, 1), (0, 0, 1), (1, 0, 0)]

    def test_a_gift_that_was_confirmed_needs_no_reminders(self, alice, bob, bolt):
        gift = accepted(alice, bob, offers=(Line(bolt.pk),))
        mark_sent(proposal_id=gift.pk, by=alice)
        confirm_receipt(proposal_id=gift.pk, by=bob)
        assert settled_on(29.9, 30) == [(0, 0, 0), (1, 0, 0)]

    def test_a_gift_that_only_its_giver_confirmed_waits(self, alice, bob, bolt):
        gift = accepted(alice, bob, offers=(Line(bolt.pk),))
        mark_sent(proposal_id=gift.pk, by=alice)
        confirm_receipt(proposal_id=gift.pk, by=alice)
        assert settled_on(20, 27, 30) == [(0, 0, 1), (0, 0, 1), (1, 0, 0)]

    def test_a_dispute_stops_it(self, half_done, bob):
        assert settled_on(20, 27) == [(0, 0, 1), (0, 0, 1)]
        with clock_moved(days(29)):
            open_dispute(proposal_id=half_done.pk, by=bob, reason="not_received", text="Nothing came.")
        assert settled_on(31, 70) == [(0, 0, 0), (0, 0, 0)]
        with clock_moved(days(70)):
            withdraw_dispute(proposal_id=half_done.pk, by=bob)
        assert settled_on(70.1, 71.1) == [(0, 0, 0), (1, 0, 0)]

    def test_what_does_not_fit_a_binder_stays_as_it_is(self, half_done, bob, bolt, caplog):
        assert settled_on(20, 27) == [(0, 0, 1), (0, 0, 1)]
        Holding.objects.create(owner=bob, card=bolt.card, quantity=99_998)
        assert settled_on(30) == [(0, 0, 1)]
        assert (fresh(half_done).status, reserved()) == ("accepted", 4)
        assert "stays as it is" in caplog.text


class TestUnfinished:
    def test_both_are_reminded_once_after_30_days(self, trade, alice):
        mark_sent(proposal_id=trade.pk, by=alice)
        with clock_moved(days(29.9)):
            assert remind_of_unfinished() == 0
        with clock_moved(days(30)):
            assert (remind_of_unfinished(), remind_of_unfinished()) == (1, 0)
        assert told("trade_unfinished") == ["alice", "bob"]

    def test_the_reminder_of_the_offer_does_not_count(self, trade, alice):
        TradeProposal.objects.filter(pk=trade.pk).update(reminded_at=trade.accepted_at - MINUTE)
        mark_sent(proposal_id=trade.pk, by=alice)
        with clock_moved(days(30)):
            assert remind_of_unfinished() == 1

    def test_after_60_days_moderators_see_it(self, trade, alice, bob):
        mark_sent(proposal_id=trade.pk, by=alice)
        now = database_now()
        stalled = TradeProposal.objects.stalled
        assert list(stalled(now + timedelta(days=59))) == []
        assert list(stalled(now + days(60))) == [trade]
        confirm_receipt(proposal_id=trade.pk, by=bob)
        assert list(stalled(now + days(60))) == [trade]
        confirm_receipt(proposal_id=trade.pk, by=alice)
        assert list(stalled(now + days(60))) == []

    def test_also_who_met_and_of_whom_one_confirmed(self, alice, bob, bolt, mox):
        trade = accepted(
            alice, bob, offers=(Line(bolt.pk),), wants=(Line(mox.pk),), completion_method="in_person"
        )
        confirm_receipt(proposal_id=trade.pk, by=bob)
        assert settled_on(30) == [(0, 0, 1)]
        assert list(TradeProposal.objects.stalled(database_now() + days(60))) == [trade]

    def test_not_in_a_dispute(self, trade, alice, bob):
        mark_sent(proposal_id=trade.pk, by=alice)
        open_dispute(proposal_id=trade.pk, by=bob, reason="not_received", text="Nothing came.")
        assert list(TradeProposal.objects.stalled(database_now() + days(90))) == []


def test_a_closed_trade_has_no_clock(trade, alice, bob):
    cancel_trade(proposal_id=trade.pk, by=bob, reason="no")
    assert settled_on(21, 30, 60) == [(0, 0, 0)] * 3


def test_the_commands_go_where_they_are_told(trade, offer):
    def run(name, **options):
        out = StringIO()
        call_command(name, stdout=out, **options)
        return out.getvalue().strip()

    later = (database_now() + days(22)).isoformat()
    assert run("settletrades") == "0 completed, 0 lapsed, 0 reminded."
    assert run("settletrades", as_of=later) == "0 completed, 1 lapsed, 0 reminded."
    assert run("settletrades", as_of=later) == "0 completed, 0 lapsed, 0 reminded."
    assert run("expiretrades", as_of=later[:10]) == "0 expired, 0 reminded."
    with pytest.raises(CommandError, match="not a time"):
        run("expiretrades", as_of="tomorrow")


def test_expiretrades_expires_and_reminds(offer):
    out = StringIO()
    call_command("expiretrades", as_of=(database_now() + days(6)).isoformat(), stdout=out)
    call_command("expiretrades", as_of=(database_now() + days(7)).isoformat(), stdout=out)
    assert out.getvalue().splitlines() == ["0 expired, 1 reminded.", "1 expired, 0 reminded."]


@pytest.mark.parametrize("count", [1, 3])
def test_reminding_costs_the_same_for_one_and_for_three(alice, make_offers, count, django_assert_num_queries):
    for offer in make_offers(count):
        trade = accept_proposal(proposal_id=offer.pk, by=alice)
        mark_sent(proposal_id=trade.pk, by=alice)
    with clock_moved(days(30)), django_assert_num_queries(9):
        assert remind_of_unfinished() == count
