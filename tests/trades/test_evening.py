"""Even it out proposes what the other side really wants, or the cash."""

from decimal import Decimal

import pytest

from cards.services.wants import NewWant, add_want
from tests.factories import HoldingFactory
from trades.evening import CashStep, even_out

pytestmark = pytest.mark.django_db


def ways(alice, bob, offered, wanted, **more):
    return even_out(
        proposer_id=alice.pk, recipient_id=bob.pk, offered=Decimal(offered), wanted=Decimal(wanted), **more
    )


def test_an_even_trade_needs_nothing(alice, bob):
    found = ways(alice, bob, 20, 20)
    assert (found.cards, found.cash) == ((), None)


def test_the_side_that_gives_too_little_adds_a_wanted_card(alice, bob):
    near = HoldingFactory(owner=alice, price="5.50")
    far = HoldingFactory(owner=alice, price="1.00")
    HoldingFactory(owner=alice, price="6.00")  # the best fit, but nobody wants it
    for row in (near, far):
        add_want(by=bob, want=NewWant(card_id=row.card_id))
    found = ways(alice, bob, 14, 20)
    assert [(s.giver_id, s.overlap.holding.pk, s.gap_after) for s in found.cards] == [
        (alice.pk, near.pk, Decimal("0.50")),
        (alice.pk, far.pk, Decimal("5.00")),
    ]
    assert found.cash == CashStep(alice.pk, Decimal(6))


def test_the_other_way_round(alice, bob):
    row = HoldingFactory(owner=bob, price="4.00", condition="LP")
    add_want(by=alice, want=NewWant(oracle_id=row.card.oracle_id, least_condition="MP"))
    found = ways(alice, bob, 20, 16, proposer_adds_cash=Decimal(1))
    assert [(s.giver_id, s.overlap.value, s.gap_after) for s in found.cards] == [
        (bob.pk, Decimal("3.40"), Decimal("1.60"))
    ]
    assert found.cash == CashStep(bob.pk, Decimal(4))  # and alice's dollar comes off the table


def test_what_lies_on_the_table_or_overshoots_is_not_proposed(alice, bob):
    on_table = HoldingFactory(owner=alice, price="6.00")
    too_dear = HoldingFactory(owner=alice, price="13.00")
    for row in (on_table, too_dear):
        add_want(by=bob, want=NewWant(card_id=row.card_id))
    assert ways(alice, bob, 14, 20, on_table=[on_table.pk]).cards == ()


def test_two_queries(alice, bob, django_assert_num_queries):
    row = HoldingFactory(owner=alice, price="5.50")
    add_want(by=bob, want=NewWant(card_id=row.card_id))
    with django_assert_num_queries(2):
        ways(alice, bob, 14, 20)
