"""The verbs of a binder, and what PostgreSQL itself refuses."""

import pytest
from django.db import IntegrityError, transaction

from cards.errors import CardError
from cards.models import Holding
from cards.services import (
    NewHolding,
    add_holding,
    add_holdings_in_bulk,
    change_holding,
    remove_holding,
)
from cards.signals import holdings_added
from tests.factories import CardFactory, HoldingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    return CardFactory(name="Lightning Bolt")


@pytest.fixture
def told():
    """What listeners of `holdings_added` were told."""
    heard: list[tuple[int, list[int]]] = []

    def listen(owner_id, holding_ids, **kwargs):
        heard.append((owner_id, holding_ids))

    holdings_added.connect(listen)
    yield heard
    holdings_added.disconnect(listen)


def rows(user):
    found = Holding.objects.filter(owner=user).order_by("id")
    return list(found.values_list("condition", "quantity", "for_trade", "reserved", "is_hidden"))


def refusal(work, **arguments):
    """(status, code, [(pointer, code)]) of the CardError that `work` raises."""
    with pytest.raises(CardError) as caught:
        work(**arguments)
    error = caught.value
    return error.status, error.code, [(fault.pointer, fault.code) for fault in error.faults]


def test_copies_join_the_row_that_is_the_same(alice, card, told):
    first = add_holding(by=alice, holding=NewHolding(card_id=card.pk, quantity=3, for_trade=1))
    again = add_holding(by=alice, holding=NewHolding(card_id=card.pk, quantity=2, for_trade=2))
    other = add_holding(by=alice, holding=NewHolding(card_id=card.pk, note="signed on the back"))

    assert (again.pk, again.quantity, again.for_trade) == (first.pk, 5, 3)
    assert other.pk != first.pk
    assert told == [(alice.pk, [first.pk]), (alice.pk, [first.pk]), (alice.pk, [other.pk])]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"quantity": 0}, ("/quantity", "out_of_range")),
        ({"quantity": 100_000}, ("/quantity", "out_of_range")),
        ({"quantity": 1, "for_trade": 2}, ("/for_trade", "out_of_range")),
        ({"for_trade": -1}, ("/for_trade", "min_value")),
        ({"finish": "etched"}, ("/finish", "no_such_finish")),
        ({"condition": "MINT"}, ("/condition", "invalid_choice")),
        ({"language": "xx"}, ("/language", "invalid_choice")),
        ({"variant": "stolen"}, ("/variant", "invalid_choice")),
        ({"note": "x" * 201}, ("/note", "max_length")),
        ({"card_id": 2**62}, ("/card", "does_not_exist")),
    ],
)
def test_bad_copies_are_refused_with_a_pointer(alice, card, wrong, fault):
    holding = NewHolding(**{"card_id": card.pk, **wrong})
    status, code, faults = refusal(add_holding, by=alice, holding=holding)
    assert (status, code, faults[0]) == (400, "invalid", fault)
    assert rows(alice) == []


def test_a_row_cannot_grow_beyond_what_it_holds(alice, card):
    add_holding(by=alice, holding=NewHolding(card_id=card.pk, quantity=99_999))
    with transaction.atomic():
        assert refusal(add_holding, by=alice, holding=NewHolding(card_id=card.pk)) == (409, "row_full", [])
    assert rows(alice) == [("NM", 99_999, 0, 0, False)]


def test_bulk_adds_all_rows(alice, card):
    other = CardFactory()
    lots = [
        NewHolding(card_id=card.pk),
        NewHolding(card_id=other.pk),
        NewHolding(card_id=card.pk, quantity=2),
    ]
    added = add_holdings_in_bulk(by=alice, holdings=lots)
    assert (added.created, added.updated) == (2, 0)
    assert added.ids[0] == added.ids[2]
    again = add_holdings_in_bulk(by=alice, holdings=lots[:1])
    assert (again.ids, again.created, again.updated) == (added.ids[:1], 0, 1)
    assert rows(alice) == [("NM", 4, 0, 0, False), ("NM", 1, 0, 0, False)]


def test_bulk_names_every_bad_row_and_adds_none(alice, card, told):
    lots = [
        NewHolding(card_id=card.pk),
        NewHolding(card_id=card.pk, quantity=-1),
        NewHolding(card_id=1_000_000),
    ]
    status, code, faults = refusal(add_holdings_in_bulk, by=alice, holdings=lots)
    assert (status, code) == (400, "invalid")
    assert {pointer for pointer, _code in faults} == {"/1/quantity", "/2/card"}
    assert (rows(alice), told) == ([], [])


def test_bulk_takes_500_rows(alice, card, django_assert_num_queries):
    lots = [NewHolding(card_id=card.pk, note=str(n)) for n in range(501)]
    assert refusal(add_holdings_in_bulk, by=alice, holdings=lots)[:2] == (413, "too_many_rows")
    with django_assert_num_queries(5):  # savepoint, cards, lock, rows, release
        assert add_holdings_in_bulk(by=alice, holdings=lots[:500]).created == 500


def test_a_change_of_quantities(alice, bolt, told):
    changed = change_holding(by=alice, holding_id=bolt.pk, changes={"quantity": 6, "for_trade": 5})
    assert rows(alice) == [("NM", 6, 5, 0, False)]
    assert changed.pk == bolt.pk
    change_holding(by=alice, holding_id=bolt.pk, changes={"for_trade": 0})
    assert told == [(alice.pk, [bolt.pk])]  # fewer copies for trade are no news


def test_a_row_that_becomes_another_is_merged_into_it(alice, bolt):
    worn = HoldingFactory(owner=alice, card=bolt.card, condition="LP", quantity=2, for_trade=1)
    merged = change_holding(by=alice, holding_id=bolt.pk, changes={"condition": "LP"})
    assert merged.pk == worn.pk
    assert rows(alice) == [("NM", 0, 0, 0, True), ("LP", 6, 5, 0, False)]


def test_a_row_that_becomes_a_hidden_one_revives_it(alice, bolt):
    worn = HoldingFactory(owner=alice, card=bolt.card, condition="LP", quantity=2)
    remove_holding(by=alice, holding_id=worn.pk)
    assert change_holding(by=alice, holding_id=bolt.pk, changes={"condition": "LP"}).pk == worn.pk
    assert rows(alice) == [("NM", 0, 0, 0, True), ("LP", 4, 4, 0, False)]


def test_what_is_promised_stays(alice, bolt):
    Holding.objects.filter(pk=bolt.pk).update(reserved=3)
    promised = (409, "copies_reserved", [("/for_trade", "copies_reserved")])
    for changes in ({"for_trade": 2}, {"quantity": 2, "for_trade": 2}, {"condition": "LP"}, {"note": "worn"}):
        assert refusal(change_holding, by=alice, holding_id=bolt.pk, changes=changes) == promised
    assert refusal(remove_holding, by=alice, holding_id=bolt.pk) == promised
    change_holding(by=alice, holding_id=bolt.pk, changes={"quantity": 3, "for_trade": 3})
    assert rows(alice) == [("NM", 3, 3, 3, False)]


def test_removed_rows_are_hidden_and_revived(alice, bolt):
    remove_holding(by=alice, holding_id=bolt.pk)
    assert rows(alice) == [("NM", 0, 0, 0, True)]
    assert refusal(remove_holding, by=alice, holding_id=bolt.pk)[0] == 404
    assert add_holding(by=alice, holding=NewHolding(card_id=bolt.card_id)).pk == bolt.pk
    assert rows(alice) == [("NM", 1, 0, 0, False)]


def test_nobody_changes_anothers_row(charlie, alice, bolt):
    before = rows(alice)
    assert before
    assert refusal(change_holding, by=charlie, holding_id=bolt.pk, changes={"quantity": 1})[0] == 404
    assert refusal(remove_holding, by=charlie, holding_id=bolt.pk)[0] == 404
    assert rows(alice) == before


def test_others_see_only_what_is_for_trade(alice, bob, bolt):
    HoldingFactory(owner=alice, for_trade=0)
    assert Holding.objects.visible_to(alice).count() == 2
    assert list(Holding.objects.visible_to(bob)) == [bolt]


@pytest.mark.parametrize(
    "broken",
    [
        {"reserved": 5},
        {"for_trade": 5},
        {"reserved": -1},
        {"quantity": 100_000},
        {"is_hidden": True},
    ],
)
def test_postgresql_keeps_the_numbers_in_order(bolt, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.filter(pk=bolt.pk).update(**broken)
    assert Holding.objects.get(pk=bolt.pk).quantity == 4


def test_postgresql_keeps_rows_unique(alice, bolt):
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldingFactory(owner=alice, card=bolt.card)
