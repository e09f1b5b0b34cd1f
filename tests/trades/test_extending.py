"""Three more days, once, for an open offer."""

from datetime import timedelta

import pytest

from core.clock import clock_moved
from notifications.models import Notification
from tests.trades.test_shipping import refusal
from trades.models import TradeEvent, TradeProposal
from trades.services import accept_proposal, expire_overdue, extend_proposal, remind_of_expiry

pytestmark = pytest.mark.django_db


def test_an_offer_lives_three_days_longer(offer, alice):
    extended = extend_proposal(proposal_id=offer.pk, by=alice)
    assert (extended.expires_at, extended.version) == (offer.expires_at + timedelta(days=3), 2)
    event = TradeEvent.objects.get(kind="extended")
    assert (event.actor, event.payload) == (alice, {"expires_at": extended.expires_at.isoformat()})
    with clock_moved(timedelta(days=9)):
        assert expire_overdue() == 0
    with clock_moved(timedelta(days=10, minutes=1)):
        assert expire_overdue() == 1


def test_once(offer, alice):
    extend_proposal(proposal_id=offer.pk, by=alice)
    assert refusal(extend_proposal, proposal_id=offer.pk, by=alice) == (409, "already_extended")


def test_only_the_proposer(offer, bob, charlie):
    assert refusal(extend_proposal, proposal_id=offer.pk, by=bob) == (403, "not_yours")
    assert refusal(extend_proposal, proposal_id=offer.pk, by=charlie) == (404, "not_found")


def test_not_what_is_over(offer, alice, bob):
    with clock_moved(timedelta(days=8)):
        assert refusal(extend_proposal, proposal_id=offer.pk, by=alice) == (409, "expired")
    accept_proposal(proposal_id=offer.pk, by=bob)
    assert refusal(extend_proposal, proposal_id=offer.pk, by=alice) == (409, "wrong_status")


def test_not_a_draft(draft, alice):
    assert refusal(extend_proposal, proposal_id=draft.pk, by=alice) == (409, "wrong_status")


def test_the_recipient_is_reminded_a_day_before_the_end_once(offer, alice, bob):
    def told():
        return list(
            Notification.objects.filter(kind="trade_expires_soon").values_list("user__username", flat=True)
        )

    with clock_moved(timedelta(days=5, hours=23)):
        assert remind_of_expiry() == 0
    with clock_moved(timedelta(days=6, minutes=1)):
        assert (remind_of_expiry(), remind_of_expiry(), told()) == (1, 0, ["bob"])
        extend_proposal(proposal_id=offer.pk, by=alice)
        assert remind_of_expiry() == 0
    with clock_moved(timedelta(days=9, minutes=1)):
        assert (remind_of_expiry(), remind_of_expiry(), told()) == (1, 0, ["bob", "bob"])
    assert Notification.objects.filter(kind="trade_expires_soon").first().line == (
        "An offer of alice ends within a day."
    )


def test_no_reminder_of_what_is_over_or_lives_a_day(offer, bob):
    TradeProposal.objects.filter(pk=offer.pk).update(life_days=1)
    with clock_moved(timedelta(days=6, hours=12)):
        assert remind_of_expiry() == 0
    TradeProposal.objects.filter(pk=offer.pk).update(life_days=7)
    with clock_moved(timedelta(days=7, minutes=1)):
        assert remind_of_expiry() == 0


def test_away_or_not_an_offer_ends(offer, bob):
    bob.vacation_until = (offer.expires_at + timedelta(days=30)).date()
    bob.save()
    with clock_moved(timedelta(days=7, minutes=1)):
        assert expire_overdue() == 1
