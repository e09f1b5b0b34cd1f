"""Sending, paying, and waiting in vain."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Block
from accounts.services import block_user
from core.clock import clock_moved, database_now
from notifications.models import Notification
from trades.errors import TradeError
from trades.models import Shipment, TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    create_proposal,
    mark_sent,
    report_delay,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def refusal(verb, **arguments):
    with pytest.raises(TradeError) as error:
        verb(**arguments)
    return error.value.status, error.value.code


def after_acceptance(trade):
    kinds = list(TradeEvent.objects.filter(proposal=trade).values_list("kind", flat=True))
    return kinds[kinds.index("accepted") + 1 :]


def accepted(alice, bob, **terms):
    offer = create_proposal(by=alice, recipient="bob", terms=Terms(**terms))
    return accept_proposal(proposal_id=offer.pk, by=bob)


def test_a_parcel_is_on_its_way(trade, alice, bob):
    shipment = mark_sent(proposal_id=trade.pk, by=alice, carrier="Post", tracking="RR123")
    assert (shipment.sender, shipment.carrier, shipment.tracking, shipment.paid_at) == (
        alice,
        "Post",
        "RR123",
        None,
    )
    assert database_now() - shipment.sent_at < timedelta(seconds=10)
    row = TradeProposal.objects.get(pk=trade.pk)
    assert (row.begun_at, row.version) == (shipment.sent_at, trade.version + 1)
    assert after_acceptance(trade) == ["shipped"]
    told = Notification.objects.get(kind="trade_shipped")
    assert (told.user, told.line) == (bob, "alice sent your parcel.")


def test_what_was_typed_wrong_is_corrected_without_another_event(trade, alice):
    first = mark_sent(proposal_id=trade.pk, by=alice, tracking="RR123")
    with clock_moved(timedelta(days=2)):
        second = mark_sent(proposal_id=trade.pk, by=alice, carrier="Post", tracking="RR124")
    assert (second.pk, second.sent_at, second.tracking) == (first.pk, first.sent_at, "RR124")
    assert after_acceptance(trade) == ["shipped"]
    assert TradeProposal.objects.get(pk=trade.pk).version == trade.version + 1


def test_nothing_is_corrected_once_the_other_side_has_it(trade, alice, bob):
    mark_sent(proposal_id=trade.pk, by=alice)
    confirm_receipt(proposal_id=trade.pk, by=bob)
    assert refusal(mark_sent, proposal_id=trade.pk, by=alice, tracking="X") == (409, "already_received")
    assert Shipment.objects.get().received_at is not None


def test_a_side_that_gives_only_cash_pays(alice, bob, mox):
    trade = accepted(alice, bob, wants=(Line(mox.pk),), proposer_adds_cash=Decimal(20))
    shipment = mark_sent(proposal_id=trade.pk, by=alice)
    assert (shipment.sent_at, shipment.paid_at is None) == (None, False)
    assert after_acceptance(trade) == ["paid"]


def test_a_side_that_gives_nothing_has_nothing_to_send(alice, bob, bolt):
    gift = accepted(alice, bob, offers=(Line(bolt.pk),))
    assert refusal(mark_sent, proposal_id=gift.pk, by=bob) == (409, "nothing_to_send")
    assert mark_sent(proposal_id=gift.pk, by=alice).sent_at is not None


def test_who_meets_sends_nothing(alice, bob, bolt, mox):
    trade = accepted(
        alice, bob, offers=(Line(bolt.pk),), wants=(Line(mox.pk),), completion_method="in_person"
    )
    assert refusal(mark_sent, proposal_id=trade.pk, by=alice) == (409, "in_person")


def test_only_accepted_trades_are_sent(offer, alice, bob):
    assert refusal(mark_sent, proposal_id=offer.pk, by=alice) == (409, "wrong_status")
    trade = accept_proposal(proposal_id=offer.pk, by=bob)
    cancel_trade(proposal_id=trade.pk, by=bob, reason="no")
    assert refusal(mark_sent, proposal_id=trade.pk, by=alice) == (409, "wrong_status")


def test_a_stranger_sends_nothing(trade, alice, charlie):
    assert refusal(mark_sent, proposal_id=trade.pk, by=charlie) == (404, "not_found")
    assert mark_sent(proposal_id=trade.pk, by=alice).pk is not None


def test_an_old_version_is_refused(trade, alice):
    assert refusal(mark_sent, proposal_id=trade.pk, by=alice, version=trade.version - 1) == (
        412,
        "stale_version",
    )


@pytest.mark.parametrize(
    ("words", "pointer"), [({"carrier": "x" * 61}, "/carrier"), ({"tracking": "x" * 101}, "/tracking")]
)
def test_long_words_are_refused(trade, alice, words, pointer):
    with pytest.raises(TradeError) as error:
        mark_sent(proposal_id=trade.pk, by=alice, **words)
    assert (error.value.status, [fault.pointer for fault in error.value.faults]) == (400, [pointer])


def test_once_something_is_sent_calling_off_takes_both(trade, alice, bob):
    mark_sent(proposal_id=trade.pk, by=alice)
    asked = cancel_trade(proposal_id=trade.pk, by=bob, reason="changed my mind")
    assert (asked.status, asked.cancel_requested_by) == ("accepted", bob)
    agreed = cancel_trade(proposal_id=trade.pk, by=alice, reason="send it back")
    assert (agreed.status, agreed.cancel_counts_against) == ("cancelled", None)


@pytest.mark.parametrize("method", ["mail", "in_person"])
def test_once_somebody_has_the_cards_calling_off_takes_both(trade, alice, bob, method):
    confirm_receipt(proposal_id=trade.pk, by=alice, completion_method=method)
    asked = cancel_trade(proposal_id=trade.pk, by=alice, reason="They are mine now")
    assert (asked.status, asked.cancel_requested_by) == ("accepted", alice)
    agreed = cancel_trade(proposal_id=trade.pk, by=bob, reason="send them back")
    assert (agreed.status, agreed.cancel_counts_against) == ("cancelled", None)


@pytest.mark.parametrize(
    ("second", "in_the_end"), [(None, "in_person"), ("mail", "mail"), ("other", "other")]
)
def test_the_second_side_has_the_last_word_on_the_method(trade, alice, bob, second, in_the_end):
    confirm_receipt(proposal_id=trade.pk, by=alice, completion_method="in_person")
    done = confirm_receipt(proposal_id=trade.pk, by=bob, completion_method=second)
    assert (done.status, done.completion_method) == ("completed", in_the_end)


def test_the_second_side_is_shown_what_the_first_said(trade, alice, bob_page):
    confirm_receipt(proposal_id=trade.pk, by=alice, completion_method="in_person")
    page = bob_page.get(trade.get_absolute_url()).content.decode()
    assert '<option value="in_person" selected>' in page
    assert "alice says it went another way than agreed: in person." in page


class TestNotHereYet:
    def test_the_waiting_side_says_so_once(self, trade, alice, bob):
        mark_sent(proposal_id=trade.pk, by=alice)
        shipment = report_delay(proposal_id=trade.pk, by=bob)
        assert shipment.delayed_at is not None
        assert after_acceptance(trade) == ["shipped", "delayed"]
        assert refusal(report_delay, proposal_id=trade.pk, by=bob) == (409, "already_delayed")

    def test_only_of_what_was_sent(self, trade, alice, bob):
        assert refusal(report_delay, proposal_id=trade.pk, by=bob) == (409, "not_sent")
        mark_sent(proposal_id=trade.pk, by=alice)
        assert refusal(report_delay, proposal_id=trade.pk, by=alice) == (409, "not_sent")

    def test_not_after_confirming(self, trade, alice, bob):
        mark_sent(proposal_id=trade.pk, by=alice)
        confirm_receipt(proposal_id=trade.pk, by=bob)
        assert refusal(report_delay, proposal_id=trade.pk, by=bob) == (409, "already_confirmed")

    def test_a_stranger_waits_for_nothing(self, trade, alice, charlie):
        mark_sent(proposal_id=trade.pk, by=alice)
        assert refusal(report_delay, proposal_id=trade.pk, by=charlie) == (404, "not_found")


def test_a_block_does_not_stop_what_was_agreed(trade, alice, bob):
    block_user(username="alice", by=bob)
    assert Block.objects.count() == 1
    mark_sent(proposal_id=trade.pk, by=alice)
    mark_sent(proposal_id=trade.pk, by=bob)
    report_delay(proposal_id=trade.pk, by=alice)
    confirm_receipt(proposal_id=trade.pk, by=alice)
    assert confirm_receipt(proposal_id=trade.pk, by=bob).status == "completed"
