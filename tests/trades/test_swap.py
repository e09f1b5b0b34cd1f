"""The main job, at the level of services: propose, view, accept, confirm twice."""

from decimal import Decimal

import pytest

from cards.models import Holding
from notifications.models import Notification
from trades.errors import TradeError
from trades.models import Status, TradeEvent
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    expire_overdue,
    view_proposal,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(alice, bob, bolt, mox):
    terms = Terms(offers=(Line(bolt.pk, 3),), wants=(Line(mox.pk, 1),), proposer_adds_cash=Decimal("5"))
    return create_proposal(by=alice, recipient="bob", terms=terms)


def kinds(proposal):
    return [
        (e.kind, e.actor and e.actor.username, e.version)
        for e in TradeEvent.objects.filter(proposal=proposal)
    ]


def copies(user):
    rows = Holding.objects.of(user).order_by("card__name")
    return [(row.card.name, row.quantity, row.for_trade, row.reserved) for row in rows]


def test_a_swap_moves_the_copies(offer, alice, bob):
    view_proposal(proposal_id=offer.pk, by=bob)
    accept_proposal(proposal_id=offer.pk, by=bob)
    assert copies(alice) == [("Lightning Bolt", 4, 4, 3)]
    assert copies(bob) == [("Mox Opal", 2, 2, 1)]

    confirm_receipt(proposal_id=offer.pk, by=alice)
    done = confirm_receipt(proposal_id=offer.pk, by=bob)

    assert done.status == Status.COMPLETED
    assert copies(alice) == [("Lightning Bolt", 1, 1, 0), ("Mox Opal", 1, 0, 0)]
    assert copies(bob) == [("Lightning Bolt", 3, 0, 0), ("Mox Opal", 1, 1, 0)]
    assert kinds(offer) == [
        ("sent", "alice", 1),
        ("viewed", "bob", 1),
        ("accepted", "bob", 2),
        ("confirmed", "alice", 3),
        ("confirmed", "bob", 4),
        ("completed", "bob", 5),
    ]
    told = Notification.objects.filter(user=alice).order_by("id").values_list("kind", flat=True)
    assert list(told) == ["trade_accepted", "trade_confirmed", "trade_completed"]


def test_values_are_frozen_at_sending(offer):
    assert (offer.proposer_offers_value, offer.proposer_wants_value) == (Decimal("7.50"), Decimal("20.00"))
    assert offer.proposer_total == Decimal("12.50")


def test_a_counter_swaps_the_roles(offer, bob, mox, bolt):
    child = counter_proposal(
        proposal_id=offer.pk, by=bob, terms=Terms(offers=(Line(mox.pk, 1),), wants=(Line(bolt.pk, 4),))
    )
    offer = type(offer).objects.get(pk=offer.pk)
    assert (offer.status, child.status, child.counter_count) == ("countered", "pending", 1)
    assert (child.proposer_id, child.recipient_id) == (offer.recipient_id, offer.proposer_id)
    assert TradeEvent.objects.get(proposal=offer, kind="countered").payload == {"counter_proposal": child.pk}


def test_calling_off_releases_the_copies(offer, alice, bob):
    accept_proposal(proposal_id=offer.pk, by=bob)
    called_off = cancel_trade(proposal_id=offer.pk, by=alice, reason="Sold it")
    assert copies(alice) == [("Lightning Bolt", 4, 4, 0)]
    assert called_off.cancel_counts_against_id is None  # the first within a day of acceptance


def test_the_beat_expires_what_is_overdue(offer, alice, bob):
    from datetime import timedelta

    from core.clock import clock_moved

    assert expire_overdue() == 0
    with clock_moved(timedelta(days=8)):
        with pytest.raises(TradeError, match="expired"):
            accept_proposal(proposal_id=offer.pk, by=bob)
        assert expire_overdue() == 1
        assert expire_overdue() == 0
    assert kinds(offer) == [("sent", "alice", 1), ("expired", None, 2)]
    assert Notification.objects.filter(kind="trade_expired").count() == 2


def test_a_stranger_sees_nothing(offer, bob, charlie):
    assert accept_proposal(proposal_id=offer.pk, by=bob).status == "accepted"
    with pytest.raises(TradeError, match="not_found"):
        confirm_receipt(proposal_id=offer.pk, by=charlie)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_calling_off_takes_a_reason_that_can_be_read(offer, alice, bob, reason):
    accept_proposal(proposal_id=offer.pk, by=bob)
    with pytest.raises(TradeError, match="reason_required"):
        cancel_trade(proposal_id=offer.pk, by=alice, reason=reason)
    assert copies(alice) == [("Lightning Bolt", 4, 4, 3)]
