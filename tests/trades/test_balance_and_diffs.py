"""Fairness, drift, diffs and soft claims, from both chairs."""

from decimal import Decimal

import pytest

from tests.factories import CardFactory, HoldingFactory, set_price
from trades.balance import balance_of, drift_of
from trades.claims import declined_for_good, other_offers
from trades.diffs import Change, diff
from trades.negotiation import read_negotiation
from trades.services import accept_proposal, counter_proposal, create_proposal, decline_proposal
from trades.terms import Line, Terms

pytestmark = pytest.mark.django_db


def offer_of(alice, offers=(), wants=(), **terms):
    return create_proposal(by=alice, recipient="bob", terms=Terms(offers=offers, wants=wants, **terms))


def items(proposal):
    return list(proposal.items.all())


def test_both_sides_read_the_same_fairness(alice, bob, bolt, mox):
    offer = offer_of(alice, (Line(bolt.pk, 4),), (Line(mox.pk, 1),), proposer_adds_cash=Decimal(9))
    mine, theirs = (balance_of(offer, user.pk, items(offer)) for user in (alice, bob))
    assert (mine.give, mine.get, mine.gap) == (Decimal(19), Decimal(20), Decimal(1))
    assert (theirs.give, theirs.get, theirs.gap) == (Decimal(20), Decimal(19), Decimal(-1))
    assert mine.fairness == theirs.fairness == Decimal("0.95")
    assert (mine.percent, mine.verdict, theirs.verdict) == (5, "in your favour", "in their favour")
    assert (mine.give_copies, mine.get_copies) == (4, 1)


def test_a_gift_says_so(alice, bob, bolt):
    offer = offer_of(alice, (Line(bolt.pk, 1),))
    assert balance_of(offer, bob.pk, items(offer)).verdict == "a gift"


def test_an_unpriced_line_takes_the_percentage_away(alice, bob, mox):
    bare = HoldingFactory(owner=alice)
    offer = offer_of(alice, (Line(bare.pk, 1),), (Line(mox.pk, 1),))
    balance = balance_of(offer, alice.pk, items(offer))
    assert (balance.fairness, balance.percent, balance.verdict) == (None, None, "1 line without a price")


def test_a_declared_price_counts_and_is_marked(alice, bob, mox):
    bare = HoldingFactory(owner=alice)
    offer = offer_of(alice, (Line(bare.pk, 2, Decimal("10.00")),), (Line(mox.pk, 1),))
    assert balance_of(offer, alice.pk, items(offer)).verdict == "even"
    assert [item.declared for item in items(offer)] == [True, False]


def test_drift_moves_one_way_for_each_side(alice, bob, bolt, mox):
    offer = offer_of(alice, (Line(bolt.pk, 2),), (Line(mox.pk, 1),))
    assert drift_of(offer, alice.pk, items(offer)) is None
    set_price(mox.card, "nonfoil", "26.00")
    hers, his = (drift_of(offer, user.pk, items(offer)) for user in (alice, bob))
    assert (hers.moved_my_way, his.moved_my_way) == (Decimal(6), Decimal(-6))
    assert (hers.percent, hers.needs_confirmation) == (30, True)


def test_drift_of_ten_percent_exactly_asks_nothing(alice, bob, mox):
    offer = offer_of(alice, (), (Line(mox.pk, 1),))
    set_price(mox.card, "nonfoil", "22.00")
    assert drift_of(offer, alice.pk, items(offer)).needs_confirmation is False


def test_a_diff_knows_a_line_through_the_swap_of_roles(alice, bob, bolt, mox):
    foil = HoldingFactory(owner=bob, finish="foil", price="6.00", quantity=1)
    offer = offer_of(alice, (Line(bolt.pk, 4),), (Line(mox.pk, 2),), proposer_adds_cash=Decimal(5))
    terms = Terms(offers=(Line(mox.pk, 1), Line(foil.pk, 1)), wants=(Line(bolt.pk, 4),))
    child = counter_proposal(proposal_id=offer.pk, by=bob, terms=terms)
    changed = diff(offer, items(offer), child, items(child))
    assert {(line.change, line.giver_id, line.item.holding_id) for line in changed.lines} == {
        (Change.CHANGED, bob.pk, mox.pk),
        (Change.ADDED, bob.pk, foil.pk),
    }
    assert [(cash.giver_id, cash.before, cash.after) for cash in changed.cash] == [(alice.pk, 5, 0)]
    # Bob keeps an opal of $20, adds a foil of $6 and loses $5 in cash.
    assert changed.value_change_for(bob.pk) == Decimal(9)
    assert changed.value_change_for(alice.pk) == Decimal(-9)
    assert not diff(offer, items(offer), offer, items(offer))


def test_soft_claims_and_lines_that_went_elsewhere(alice, bob, charlie, bolt, mox):
    gone = offer_of(alice, (Line(bolt.pk, 1),), (Line(mox.pk, 2),))
    assert other_offers([mox.pk], besides=gone) == {}
    other = create_proposal(by=charlie, recipient="bob", terms=Terms(wants=(Line(mox.pk, 1),)))
    assert other_offers([mox.pk, bolt.pk], besides=gone) == {mox.pk: 1}
    assert read_negotiation(proposal_id=gone.pk, reader=alice).missing == []
    accept_proposal(proposal_id=other.pk, by=bob)
    missing = read_negotiation(proposal_id=gone.pk, reader=alice).missing
    assert [(m.item.holding_id, m.free) for m in missing] == [(mox.pk, 1)]


def test_what_was_declined_for_good_is_remembered(alice, bob, bolt, mox):
    offer = offer_of(alice, (Line(bolt.pk, 1),), (Line(mox.pk, 1),))
    decline_proposal(proposal_id=offer.pk, by=bob, reason="I have a playset.", for_good=True)
    assert declined_for_good(by=alice, partner=bob, holding_ids=[bolt.pk, 999]) == {bolt.pk}
    assert declined_for_good(by=bob, partner=alice, holding_ids=[bolt.pk]) == set()


def test_a_card_that_became_another_row_is_missing(alice, bob, bolt):
    offer = offer_of(alice, (Line(bolt.pk, 1),))
    bolt.card = CardFactory()
    bolt.save()
    assert len(read_negotiation(proposal_id=offer.pk, reader=alice).missing) == 1
