"""How much a trader may have under way: which limit, how much is left, what raises it (domain.md §6.5)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from core.clock import clock_moved, database_now
from tests.factories import HoldingFactory, UserFactory
from trades.errors import TradeError
from trades.models import CompletionMethod, Status, TradeProposal
from trades.services import (
    accept_proposal,
    cancel_trade,
    confirm_receipt,
    counter_proposal,
    create_proposal,
    decline_proposal,
    send_draft,
)
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db

GIFT = Terms(proposer_adds_cash=Decimal(1))


def refused(code, call, status=403):
    with pytest.raises(TradeError) as refusal:
        call()
    assert (refusal.value.code, refusal.value.status) == (code, status)
    return refusal.value


def of_tier(user, tier, days=366):
    """`user` with this trust and an account of so many days."""
    joined = database_now() - timedelta(days=days)
    User.objects.filter(pk=user.pk).update(trust_tier=tier, date_joined=joined)
    return User.objects.get(pk=user.pk)


def offer_to(partner, by, terms=GIFT):
    return create_proposal(by=by, recipient=partner.username, terms=terms)


class TestOpenOffers:
    def test_five_to_one_partner_at_any_tier(self, alice, bob, charlie):
        alice = of_tier(alice, "diamond")
        for _ in range(5):
            offer_to(bob, alice)
        refusal = refused("limit_reached", lambda: offer_to(bob, alice))
        assert refusal.extra == {"limit": "open_offers_per_partner", "allowed": "5", "left": "0"}
        assert offer_to(charlie, alice).status == Status.PENDING

    @pytest.mark.parametrize(
        ("tier", "days", "most"),
        [("new", 366, 5), ("bronze", 14, 10), ("bronze", 13, 5), ("silver", 45, 20), ("silver", 44, 10)],
    )
    def test_by_tier_and_age_of_the_account(self, alice, tier, days, most):
        alice = of_tier(alice, tier, days)
        for partner in UserFactory.create_batch(most):
            offer_to(partner, alice)
        one_more = UserFactory()
        refusal = refused("limit_reached", lambda: offer_to(one_more, alice))
        assert refusal.extra == {"limit": "open_offers", "allowed": str(most), "left": "0"}
        assert f"{most} open offers of {most}" in refusal.detail
        assert "trust tier raises" in refusal.detail

    def test_what_is_closed_makes_room(self, alice, bob):
        offers = [offer_to(bob, alice) for _ in range(5)]
        cancel_trade(proposal_id=offers[0].pk, by=alice)
        decline_proposal(proposal_id=offers[1].pk, by=bob)
        assert offer_to(bob, alice)
        assert offer_to(bob, alice)
        refused("limit_reached", lambda: offer_to(bob, alice))

    def test_a_draft_counts_when_it_is_sent(self, alice, bob):
        draft = create_proposal(by=alice, recipient="bob", terms=GIFT, draft=True)
        for _ in range(5):
            offer_to(bob, alice)
        refused("limit_reached", lambda: send_draft(proposal_id=draft.pk, by=alice))
        assert TradeProposal.objects.get(pk=draft.pk).status == Status.DRAFT

    def test_counters_are_exempt(self, alice, bob):
        for _ in range(5):
            offer_to(alice, bob)
        for theirs in TradeProposal.objects.filter(proposer=bob):
            counter_proposal(proposal_id=theirs.pk, by=alice, terms=GIFT)
        assert offer_to(bob, alice)
        assert TradeProposal.objects.open().filter(proposer=alice).count() == 6


class TestLife:
    def test_fourteen_days_from_silver_on(self, alice, bob):
        long = Terms(proposer_adds_cash=Decimal(1), life_days=8)
        refusal = refused("limit_reached", lambda: offer_to(bob, alice, long))
        assert refusal.extra["limit"] == "longest_life"
        silver = of_tier(alice, "silver", 45)
        fortnight = Terms(proposer_adds_cash=Decimal(1), life_days=14)
        offer = offer_to(bob, silver, fortnight)
        assert offer.expires_at - offer.sent_at == timedelta(days=14)


class TestUnsettledValue:
    """What is promised by mail and not confirmed: $150 for new traders, counted with cash."""

    def accepted(self, giver, partner, cash, method=CompletionMethod.MAIL):
        terms = Terms(proposer_adds_cash=Decimal(cash), completion_method=method)
        return accept_proposal(proposal_id=offer_to(partner, giver, terms).pk, by=partner)

    def test_the_acceptor_reads_the_figures_of_his_own_limit(self, alice, bob):
        asks = Terms(recipient_adds_cash=Decimal("100"))
        accept_proposal(proposal_id=offer_to(bob, alice, asks).pk, by=bob)
        more = offer_to(bob, alice, Terms(recipient_adds_cash=Decimal("50.01")))
        refusal = refused("limit_reached", lambda: accept_proposal(proposal_id=more.pk, by=bob))
        assert refusal.extra == {"limit": "unsettled_value", "allowed": "150", "left": "50.00"}
        exactly = offer_to(bob, alice, Terms(recipient_adds_cash=Decimal("50")))
        assert accept_proposal(proposal_id=exactly.pk, by=bob).status == Status.ACCEPTED

    def test_the_partners_figures_stay_his(self, alice, bob, charlie):
        self.accepted(alice, charlie, "149")
        offer = offer_to(bob, alice, Terms(proposer_adds_cash=Decimal(2)))
        refusal = refused("limit_reached", lambda: accept_proposal(proposal_id=offer.pk, by=bob))
        assert refusal.extra == {"limit": "partner_unsettled_value"}
        assert "149" not in refusal.detail

    def test_in_person_counts_for_nothing(self, alice, bob):
        for _ in range(3):
            self.accepted(alice, bob, "149", CompletionMethod.IN_PERSON)
        assert self.accepted(alice, bob, "150").status == Status.ACCEPTED

    def test_cards_count_like_cash(self, alice, bob):
        card = HoldingFactory(owner=alice, price="100.00", quantity=2)
        offer = offer_to(bob, alice, Terms(offers=(Line(card.pk, 2),)))
        refused("limit_reached", lambda: accept_proposal(proposal_id=offer.pk, by=bob))

    def test_the_partners_confirmation_settles(self, alice, bob):
        trade = self.accepted(alice, bob, "150")
        again = offer_to(bob, alice, Terms(proposer_adds_cash=Decimal(1)))
        refused("limit_reached", lambda: accept_proposal(proposal_id=again.pk, by=bob))
        confirm_receipt(proposal_id=trade.pk, by=bob)
        assert accept_proposal(proposal_id=again.pk, by=bob).status == Status.ACCEPTED

    def test_it_grows_with_what_was_delivered(self, alice, bob):
        """max($150, 2 × delivered), under the tier's own limit."""
        alice, bob = of_tier(alice, "silver"), of_tier(bob, "silver")
        for _ in range(2):
            trade = self.accepted(alice, bob, "150")
            for side in (alice, bob):
                confirm_receipt(proposal_id=trade.pk, by=side)
        assert self.accepted(alice, bob, "600").status == Status.ACCEPTED
        one_more = offer_to(bob, alice, Terms(proposer_adds_cash=Decimal("0.01")))
        refused("limit_reached", lambda: accept_proposal(proposal_id=one_more.pk, by=bob))


class TestCoolingOff:
    """Three counted cancellations in 90 days: no offers or accepts for 14 days."""

    def cancel_one(self, alice, bob):
        trade = accept_proposal(proposal_id=offer_to(bob, alice).pk, by=bob)
        with clock_moved(timedelta(days=2)):
            called_off = cancel_trade(proposal_id=trade.pk, by=alice, reason="Changed my mind")
        assert called_off.cancel_counts_against_id == alice.pk

    def test_it_begins_with_the_third(self, alice, bob):
        for _ in range(2):
            self.cancel_one(alice, bob)
        offer = offer_to(alice, bob)
        self.cancel_one(alice, bob)
        refused("cooling_off", lambda: offer_to(bob, alice))
        refused("cooling_off", lambda: accept_proposal(proposal_id=offer.pk, by=alice))
        assert offer_to(alice, bob).status == Status.PENDING

    def test_it_ends_after_14_days(self, alice, bob):
        for _ in range(3):
            self.cancel_one(alice, bob)
        with clock_moved(timedelta(days=15, hours=23)):
            refused("cooling_off", lambda: offer_to(bob, alice))
        with clock_moved(timedelta(days=16, seconds=1)):
            assert offer_to(bob, alice)


class TestAcceptsOffersFrom:
    def test_says_why(self, alice, bob, bolt):
        User.objects.filter(pk=alice.pk).update(country="DE")
        cases: list[tuple[dict[str, Any], str]] = [
            ({"offers_from_countries": ["US"]}, "your country"),
            ({"offers_by": "in_person"}, "in person"),
            ({"offers_min_value": Decimal("2")}, "from 2"),
            ({"offers_min_tier": "bronze"}, "bronze"),
        ]
        for wishes, words in cases:
            plain: dict[str, Any] = {
                "offers_from_countries": [],
                "offers_by": "any",
                "offers_min_value": 0,
                "offers_min_tier": "new",
            }
            User.objects.filter(pk=bob.pk).update(**{**plain, **wishes})
            alice.refresh_from_db()
            assert words in refused("not_welcome", lambda: offer_to(bob, alice)).detail
        User.objects.filter(pk=bob.pk).update(**plain, country="DE")
        assert offer_to(bob, alice)

    def test_a_counter_was_asked_for(self, alice, bob):
        offer = offer_to(bob, alice)
        User.objects.filter(pk=alice.pk).update(offers_min_value=Decimal(50))
        assert counter_proposal(proposal_id=offer.pk, by=bob, terms=GIFT).status == Status.PENDING


def test_the_api_names_the_limit(alice, bob, alice_api):
    gift = {"recipient": "bob", "proposer_adds_cash": "1"}
    for _ in range(5):
        assert alice_api.post("/trades/", gift).status_code == 201
    refusal = alice_api.post("/trades/", gift)
    problem = refusal.json()
    assert (refusal.status_code, problem["code"], problem["left"]) == (403, "limit_reached", "0")


def test_calling_off_with_a_suspended_partner_is_free_every_time(alice, bob):
    for _ in range(2):
        offer = offer_to(bob, alice)
        accept_proposal(proposal_id=offer.pk, by=bob)
        User.objects.filter(pk=bob.pk).update(suspended_until=database_now() + timedelta(days=30))
        called_off = cancel_trade(proposal_id=offer.pk, by=alice, reason="They were suspended.")
        assert called_off.cancel_counts_against_id is None
        User.objects.filter(pk=bob.pk).update(suspended_until=None)


def test_nothing_new_begins_with_the_suspended(alice, bob, bolt):
    offer = offer_to(bob, alice)
    User.objects.filter(pk=alice.pk).update(suspended_until=database_now() + timedelta(days=30))
    answers = (
        lambda: accept_proposal(proposal_id=offer.pk, by=bob),
        lambda: counter_proposal(proposal_id=offer.pk, by=bob, terms=GIFT),
    )
    for answer in answers:
        refused("no_longer_available", answer, status=409)
    User.objects.filter(pk=alice.pk).update(suspended_until=None)
    assert accept_proposal(proposal_id=offer.pk, by=bob).status == "accepted"


def test_one_side_alone_does_not_take_a_trade_out_of_the_mail(alice, bob):
    gift = Terms(proposer_adds_cash=Decimal(150))
    offer = offer_to(bob, alice, gift)
    accept_proposal(proposal_id=offer.pk, by=bob)
    confirmed = confirm_receipt(proposal_id=offer.pk, by=alice, completion_method="in_person")
    assert confirmed.completion_method == "mail"
    another = offer_to(bob, alice, GIFT)
    refusal = refused("limit_reached", lambda: accept_proposal(proposal_id=another.pk, by=bob))
    assert refusal.extra["limit"] == "partner_unsettled_value"
    done = confirm_receipt(proposal_id=offer.pk, by=bob)
    assert (done.status, done.completion_method) == ("completed", "in_person")
