"""The clock, the two and the moderators at once; each race with its control (see test_races)."""
# ruff: noqa: F811 — a test takes the fixtures of test_races by the names they are imported under

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import F

from accounts.models import User
from cards.models import Holding
from core.clock import clock_moved, database_now
from tests.factories import HoldingFactory, UserFactory
from tests.trades.test_races import race, starters, winners, without_locks  # noqa: F401
from trades.models import Shipment, TradeEvent, TradeProposal
from trades.services import (
    accept_proposal,
    complete_arrived,
    confirm_receipt,
    create_proposal,
    lapse_idle,
    mark_sent,
    open_dispute,
    resolve_dispute,
)
from trades.terms import Line, Terms

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mailed(db) -> Callable[[], TradeProposal]:
    """A new accepted trade by mail, one fresh card for another, between two who never met before."""

    def make() -> TradeProposal:
        mine, theirs = HoldingFactory(quantity=1), HoldingFactory(quantity=1)
        terms = Terms(offers=(Line(mine.pk),), wants=(Line(theirs.pk),))
        offer = create_proposal(by=mine.owner, recipient=theirs.owner.username, terms=terms)
        return accept_proposal(proposal_id=offer.pk, by=theirs.owner)

    return make


@pytest.fixture
def arrived(mailed) -> Callable[[], TradeProposal]:
    """The proposer has what is theirs, sent their own, and the other was reminded: in 31 days it completes."""

    def make() -> TradeProposal:
        trade = mailed()
        mark_sent(proposal_id=trade.pk, by=trade.proposer)
        mark_sent(proposal_id=trade.pk, by=trade.recipient)
        confirm_receipt(proposal_id=trade.pk, by=trade.proposer)
        Shipment.objects.filter(proposal=trade, sender=trade.proposer).update(
            reminders=2, reminded_at=database_now()
        )
        return trade

    return make


@pytest.fixture
def moderators(db) -> list[User]:
    decides = Permission.objects.get_or_create(
        codename="resolve_dispute",
        defaults={"name": "Can resolve disputes", "content_type_id": _dispute_type()},
    )[0]
    users: list[User] = [UserFactory(username=name) for name in ("mod_one", "mod_two")]
    for user in users:
        user.user_permissions.add(decides)
    return users


def _dispute_type() -> int:
    return ContentType.objects.get_or_create(app_label="trades", model="dispute")[0].pk


def after_sending(trade: TradeProposal, *kinds: str) -> list[str]:
    return list(TradeEvent.objects.filter(proposal=trade, kind__in=kinds).values_list("kind", flat=True))


def versions(trade: TradeProposal) -> list[int]:
    return list(TradeEvent.objects.filter(proposal=trade).values_list("version", flat=True))


def is_whole(trade: TradeProposal) -> bool:
    """One event a version, and each copy in one binder, reserved where the trade is still on."""
    numbers = versions(trade)
    rows = Holding.objects.filter(card__in=trade.items.values("card"))
    reserved = sum(rows.values_list("reserved", flat=True))
    status = TradeProposal.objects.get(pk=trade.pk).status
    return (
        len(numbers) == len(set(numbers))
        and sum(rows.values_list("quantity", flat=True)) == 2
        and reserved == (2 if status == "accepted" else 0)
    )


# --- the clock completes while the other side opens a dispute -----------------------------------


def _complete_and_dispute(trade: TradeProposal) -> list[Callable[[], object]]:
    dispute = partial(open_dispute, reason="not_received", text="Nothing came.")
    return [complete_arrived, partial(dispute, proposal_id=trade.pk, by=trade.recipient)]


def test_a_dispute_stops_the_clock_or_comes_after_it(arrived, race, race_rounds):
    for _ in range(race_rounds):
        trade = arrived()
        with clock_moved(timedelta(days=31)):
            race(*_complete_and_dispute(trade))
        assert after_sending(trade, "completed", "disputed") in (["disputed"], ["completed", "disputed"])
        assert is_whole(trade)


def test_without_locks_the_clock_runs_on(arrived, race, race_rounds, monkeypatch):
    broken = 0
    for _ in range(race_rounds):
        trade = arrived()
        with clock_moved(timedelta(days=31)), without_locks(monkeypatch):
            race(*_complete_and_dispute(trade))
        broken += not is_whole(trade)
    assert broken > 0


# --- somebody confirms in the moment the trade lapses -------------------------------------------


def _lapse_and_confirm(trade: TradeProposal) -> list[Callable[[], object]]:
    return [lapse_idle, partial(confirm_receipt, proposal_id=trade.pk, by=trade.recipient)]


def test_a_trade_lapses_or_is_confirmed(mailed, race, race_rounds):
    for _ in range(race_rounds):
        trade = mailed()
        with clock_moved(timedelta(days=22)):
            race(*_lapse_and_confirm(trade))
        assert len(after_sending(trade, "lapsed", "confirmed")) == 1
        assert is_whole(trade)


def test_without_locks_it_does_both(mailed, race, race_rounds, monkeypatch):
    both = 0
    for _ in range(race_rounds):
        trade = mailed()
        with clock_moved(timedelta(days=22)), without_locks(monkeypatch):
            race(*_lapse_and_confirm(trade))
        both += len(after_sending(trade, "lapsed", "confirmed")) == 2
    assert both > 0


# --- two moderators decide at once --------------------------------------------------------------


def _decide_both(trade: TradeProposal, moderators: list[User]) -> list[Callable[[], object]]:
    outcomes = ("for_opener", "inconclusive")
    return [
        partial(
            resolve_dispute,
            proposal_id=trade.pk,
            by=moderator,
            outcome=outcome,
            proposer_cards_arrived=True,
            recipient_cards_arrived=False,
            decision="So it is.",
        )
        for moderator, outcome in zip(moderators, outcomes, strict=True)
    ]


def _disputed(trade: TradeProposal) -> TradeProposal:
    open_dispute(proposal_id=trade.pk, by=trade.recipient, reason="other", text="No word.")
    return trade


def test_one_decision_counts(mailed, moderators, race, race_rounds):
    for _ in range(race_rounds):
        trade = _disputed(mailed())
        with clock_moved(timedelta(days=6)):
            outcomes = race(*_decide_both(trade, moderators))
        [won] = winners(outcomes)
        assert outcomes[1 - won].code == "wrong_status"
        assert TradeProposal.objects.get(pk=trade.pk).status == ["completed", "cancelled"][won]
        assert after_sending(trade, "completed", "cancelled") == [["completed"], ["cancelled"]][won]
        assert is_whole(trade)


def test_without_locks_both_decide_or_one_crashes(mailed, moderators, race, race_rounds, monkeypatch):
    broken = 0
    for _ in range(race_rounds):
        trade = _disputed(mailed())
        with clock_moved(timedelta(days=6)), without_locks(monkeypatch):
            outcomes = race(*_decide_both(trade, moderators))
        crashed = [
            o for o in outcomes if isinstance(o, Exception) and getattr(o, "code", "") != "wrong_status"
        ]
        broken += len(winners(outcomes)) == 2 or bool(crashed) or not is_whole(trade)
    assert broken > 0


# --- two runs of the beat, and two taps on "sent" -----------------------------------------------


def test_two_beats_end_a_trade_once(arrived, mailed, race, race_rounds):
    for _ in range(race_rounds):
        done, idle = arrived(), mailed()
        with clock_moved(timedelta(days=31)):
            race(complete_arrived, complete_arrived)
            race(lapse_idle, lapse_idle)
        assert after_sending(done, "completed") == ["completed"]
        assert after_sending(idle, "lapsed") == ["lapsed"]
        assert is_whole(done)
        assert is_whole(idle)


def test_two_taps_send_one_parcel(mailed, race, race_rounds):
    for number in range(race_rounds):
        trade = mailed()
        taps = [
            partial(mark_sent, proposal_id=trade.pk, by=trade.proposer, tracking=f"{number} {i}")
            for i in (0, 1)
        ]
        assert winners(race(*taps)) == [0, 1]
        assert after_sending(trade, "shipped") == ["shipped"]
        assert Shipment.objects.filter(proposal=trade, sender=F("proposal__proposer")).count() == 1
