"""Who follows which call, by hand and by trading, and which follows count."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Block
from accounts.services import MODERATORS
from cards.models import CurrentPrice, PriceSnapshot
from core.clock import clock_moved, database_now
from moderation.services import grant_moderators
from signals_bridge.errors import SignalError
from signals_bridge.models import Exclusion, RecommendationAction, Tracking
from signals_bridge.services import (
    choose_following,
    follow_by_trades,
    follow_signal,
    unfollow_signal,
)
from tests.factories import HoldingFactory, UserFactory
from tests.signals_bridge.factories import PublisherFactory, SignalFactory, SourceFactory
from trades.models import TradeProposal
from trades.services import accept_proposal, confirm_receipt, create_proposal, open_dispute, resolve_dispute
from trades.terms import Line, Terms

DAY = timedelta(days=1)


def follows_of(user: Any) -> list[tuple[int, str, str]]:
    rows = RecommendationAction.objects.filter(user=user).order_by("recommendation")
    return [(row.recommendation_id, row.tracking, row.exclusion) for row in rows]


@pytest.fixture
def trade(alice, bob, opt) -> TradeProposal:
    """Accepted: alice gives an Opt, bob gives something of the same price."""
    mine = HoldingFactory(owner=alice, card=opt, quantity=2)
    theirs = HoldingFactory(owner=bob, price="2.50", quantity=1)
    terms = Terms(offers=(Line(mine.pk, 2),), wants=(Line(theirs.pk),))
    offer = create_proposal(by=alice, recipient="bob", terms=terms)
    return accept_proposal(proposal_id=offer.pk, by=bob)


def complete(trade: TradeProposal) -> TradeProposal:
    confirm_receipt(proposal_id=trade.pk, by=trade.proposer)
    return confirm_receipt(proposal_id=trade.pk, by=trade.recipient)


# --- by hand ---------------------------------------------------------------------------------


def test_a_follow_keeps_when_and_at_which_price(bob, signal) -> None:
    before = database_now()
    follow = follow_signal(signal_id=signal.pk, by=bob)
    assert follow.tracking == Tracking.EXPLICIT
    assert before <= follow.acted_at <= database_now()
    assert (follow.entry_price, follow.exclusion, follow.counts) == (Decimal("2.50"), "", True)


def test_following_twice_is_one_follow(bob, signal) -> None:
    first = follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(2 * DAY):
        assert follow_signal(signal_id=signal.pk, by=bob) == first
    assert RecommendationAction.objects.get().acted_at == first.acted_at


def test_a_card_without_a_price_can_be_followed(bob, signal) -> None:
    PriceSnapshot.objects.all().delete()
    assert follow_signal(signal_id=signal.pk, by=bob).entry_price is None


@pytest.mark.parametrize("moved", [timedelta(days=-1), timedelta(days=30), timedelta(days=31)])
def test_only_a_running_call_can_be_followed(bob, signal, moved) -> None:
    with clock_moved(moved), pytest.raises(SignalError) as refusal:
        follow_signal(signal_id=signal.pk, by=bob)
    assert (refusal.value.status, refusal.value.code) == (409, "not_open")
    assert follows_of(bob) == []


def test_a_closed_call_cannot_be_followed_even_if_its_time_is_not_over(bob, signal) -> None:
    signal.close()
    signal.save()
    with pytest.raises(SignalError, match="not_open"):
        follow_signal(signal_id=signal.pk, by=bob)


def test_who_follows_stays_a_follower_when_the_call_is_over(bob, signal) -> None:
    follow = follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(40 * DAY):
        assert follow_signal(signal_id=signal.pk, by=bob) == follow


def test_an_unknown_signal_is_not_found(bob) -> None:
    for verb in (follow_signal, unfollow_signal):
        with pytest.raises(SignalError) as refusal:
            verb(signal_id=2**63 - 1, by=bob)
        assert refusal.value.status == 404


def test_a_follow_can_be_taken_back_within_an_hour(bob, signal) -> None:
    follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(timedelta(minutes=59)):
        unfollow_signal(signal_id=signal.pk, by=bob)
    assert follows_of(bob) == []
    unfollow_signal(signal_id=signal.pk, by=bob)  # again: nothing happens
    follow_signal(signal_id=signal.pk, by=bob)
    assert len(follows_of(bob)) == 1


@pytest.mark.parametrize("later", [timedelta(minutes=61), timedelta(days=40)])
def test_after_an_hour_a_follow_stays(bob, signal, later) -> None:
    follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(later), pytest.raises(SignalError) as refusal:
        unfollow_signal(signal_id=signal.pk, by=bob)
    assert (refusal.value.status, refusal.value.code) == (409, "too_late")
    assert len(follows_of(bob)) == 1


def test_a_follow_stays_when_the_call_ends_within_its_hour(bob, signal) -> None:
    with clock_moved(30 * DAY - timedelta(minutes=10)):
        follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(30 * DAY), pytest.raises(SignalError, match="too_late"):
        unfollow_signal(signal_id=signal.pk, by=bob)


# --- what does not count ---------------------------------------------------------------------


def test_a_hold_never_counts(bob, acme, opt) -> None:
    call = SignalFactory(source=acme, card=opt, action="HOLD")
    assert follow_signal(signal_id=call.pk, by=bob).exclusion == Exclusion.HOLD


def test_ones_own_call_never_counts(alice, signal) -> None:
    assert follow_signal(signal_id=signal.pk, by=alice).exclusion == Exclusion.OWN


@pytest.mark.parametrize(("left", "excluded"), [(7 * DAY + timedelta(minutes=1), ""), (7 * DAY, "late")])
def test_seven_days_before_the_end_it_is_too_late_to_count(bob, signal, left, excluded) -> None:
    with clock_moved(signal.valid_until - left - database_now()):
        assert follow_signal(signal_id=signal.pk, by=bob).exclusion == excluded


@pytest.mark.parametrize(("apart", "excluded"), [(29, "repeated"), (31, "")])
def test_a_second_follow_on_a_card_counts_after_30_days(bob, signal, acme, opt, apart, excluded) -> None:
    follow_signal(signal_id=signal.pk, by=bob)
    with clock_moved(apart * DAY):
        again = SignalFactory(source=acme, card=opt, finish="foil", action="SELL")
        assert follow_signal(signal_id=again.pk, by=bob).exclusion == excluded


def test_others_and_other_cards_do_not_matter(bob, charlie, signal) -> None:
    follow_signal(signal_id=signal.pk, by=charlie)
    follow_signal(signal_id=SignalFactory().pk, by=bob)
    assert follow_signal(signal_id=signal.pk, by=bob).exclusion == ""


def test_taking_the_first_back_lets_the_second_count(bob, signal, acme, opt) -> None:
    again = SignalFactory(source=acme, card=opt)
    other = SignalFactory(source=acme, card=opt)
    for call in (signal, again, other):
        follow_signal(signal_id=call.pk, by=bob)
    assert [excluded for _pk, _tracking, excluded in follows_of(bob)] == ["", "repeated", "repeated"]
    unfollow_signal(signal_id=signal.pk, by=bob)
    assert [excluded for _pk, _tracking, excluded in follows_of(bob)] == ["", "repeated"]


# --- by trading ------------------------------------------------------------------------------


def test_a_completed_trade_follows_for_both(alice, bob, signal, opt, trade) -> None:
    """Bob receives what a BUY names, alice gives what a SELL names."""
    sell = SignalFactory(card=opt, action="SELL")
    assert follows_of(alice) == follows_of(bob) == []
    complete(trade)
    assert follows_of(bob) == [(signal.pk, Tracking.IMPLICIT, "")]
    assert follows_of(alice) == [(sell.pk, Tracking.IMPLICIT, "")]
    follow = RecommendationAction.objects.get(user=bob)
    trade.refresh_from_db()
    assert (follow.proposal, follow.acted_at) == (trade, trade.completed_at)
    assert follow.entry_price == Decimal("2.50")


def test_the_same_trade_told_twice_follows_once(bob, signal, trade) -> None:
    complete(trade)
    assert follow_by_trades(proposal_ids=[trade.pk]) == 0
    assert len(follows_of(bob)) == 1


def test_who_follows_already_keeps_that_follow(bob, signal, trade) -> None:
    follow_signal(signal_id=signal.pk, by=bob)
    complete(trade)
    assert follows_of(bob) == [(signal.pk, Tracking.EXPLICIT, "")]


def test_other_finishes_and_the_other_direction_are_not_followed(alice, bob, opt, trade) -> None:
    SignalFactory(card=opt, finish="foil")
    SignalFactory(card=opt, action="HOLD")
    complete(trade)
    assert (follows_of(alice), follows_of(bob)) == ([], [])


def test_only_calls_that_run_at_completion_are_followed(bob, opt, trade) -> None:
    now = database_now()
    SignalFactory(card=opt, issued_at=now - 40 * DAY)  # ended, and the clock has not been here
    SignalFactory(card=opt, issued_at=now + DAY)
    running = SignalFactory(card=opt, issued_at=now - 29 * DAY)
    complete(trade)
    assert follows_of(bob) == [(running.pk, Tracking.IMPLICIT, "late")]


def test_of_several_calls_on_one_card_the_first_counts(bob, opt, trade) -> None:
    calls = [SignalFactory(card=opt) for _ in range(3)]
    complete(trade)
    assert follows_of(bob) == [
        (call.pk, Tracking.IMPLICIT, excluded)
        for call, excluded in zip(calls, ["", "repeated", "repeated"], strict=True)
    ]


def test_it_can_be_switched_off_and_on(bob, signal, trade) -> None:
    choose_following(by=bob, by_trading=False)
    complete(trade)
    assert follows_of(bob) == []
    assert choose_following(by=bob, by_trading=True).follows_by_trading is True
    assert follow_by_trades(proposal_ids=[trade.pk]) == 1


def test_a_trade_that_is_not_complete_follows_nothing(bob, signal, trade) -> None:
    confirm_receipt(proposal_id=trade.pk, by=trade.proposer)
    assert follow_by_trades(proposal_ids=[trade.pk]) == 0
    assert follows_of(bob) == []


@pytest.mark.parametrize("arrived", [True, False])
def test_of_a_disputed_trade_only_what_arrived_counts(alice, bob, signal, trade, arrived) -> None:
    grant_moderators()
    moderator = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name=MODERATORS))
    open_dispute(proposal_id=trade.pk, by=bob, reason="not_received", text="Nothing has come.")
    with clock_moved(6 * DAY):
        resolve_dispute(
            proposal_id=trade.pk,
            by=moderator,
            outcome="for_opener",
            proposer_cards_arrived=arrived,
            recipient_cards_arrived=True,
            decision="As the post says.",
        )
    assert follows_of(bob) == ([(signal.pk, Tracking.IMPLICIT, "")] if arrived else [])


@pytest.mark.parametrize("hidden_by", ["block", "blocked", "ban"])
def test_calls_of_traders_whom_one_may_not_know_of_are_not_followed(bob, opt, trade, hidden_by) -> None:
    trader = UserFactory()
    call = SignalFactory(
        card=opt, source=SourceFactory(publisher=PublisherFactory(user=trader), is_personal=True)
    )
    if hidden_by == "ban":
        trader.banned_at = database_now()
        trader.save()
    else:
        pair = (bob, trader) if hidden_by == "block" else (trader, bob)
        Block.objects.create(blocker=pair[0], blocked=pair[1])
    complete(trade)
    assert follows_of(bob) == []
    with pytest.raises(SignalError) as refusal:
        follow_signal(signal_id=call.pk, by=bob)
    assert refusal.value.status == 404


def test_a_failing_follow_undoes_the_completion(bob, signal, trade, monkeypatch) -> None:
    def fail(**_kwargs: Any) -> int:
        raise RuntimeError("the power is out")

    monkeypatch.setattr("signals_bridge.receivers.follow_by_trades", fail)
    with pytest.raises(RuntimeError):
        complete(trade)
    trade.refresh_from_db()
    assert trade.status == "accepted"


def test_any_number_of_cards_and_calls_is_one_statement(bob, alice, opt) -> None:
    def statements(cards: int) -> int:
        mine = [HoldingFactory(owner=alice, price="2.50", quantity=1) for _ in range(cards)]
        for holding in mine:
            SignalFactory(card=holding.card)
        theirs = HoldingFactory(owner=bob, price=str(cards * 2.5), quantity=1)
        terms = Terms(offers=tuple(Line(holding.pk) for holding in mine), wants=(Line(theirs.pk),))
        offer = create_proposal(by=alice, recipient="bob", terms=terms)
        accept_proposal(proposal_id=offer.pk, by=bob)
        with CaptureQueriesContext(connection) as queries:
            complete(offer)
        return sum("signals_bridge" in query["sql"] for query in queries)

    assert [statements(1), statements(3)] == [1, 1]
    assert len(follows_of(bob)) == 4


def test_a_source_that_stands_still_sets_no_price(alice, settings) -> None:
    """By it copies are valued; a follow begins at what the card costs now, at any source of ours."""
    signal = SignalFactory(price_at_issue="10.00", target_price="15.00")
    settings.PRICE_SOURCES = ["scryfall", "csv"]
    today = database_now().date()
    for source, day, price in [("scryfall", today - timedelta(days=400), "1.00"), ("csv", today, "10.00")]:
        PriceSnapshot.objects.create(
            card=signal.card, finish=signal.finish, source=source, day=day, price=price
        )
    CurrentPrice.objects.update_or_create(
        card=signal.card,
        finish=signal.finish,
        defaults={"source": "scryfall", "day": today - timedelta(days=400), "price": "1.00"},
    )
    assert follow_signal(signal_id=signal.pk, by=alice).entry_price == Decimal("10.00")
