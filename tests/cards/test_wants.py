"""The verbs of a want list."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cards.errors import CardError
from cards.models import Want
from cards.services import NewWant, add_want, add_wants_in_bulk, change_want, remove_want
from cards.signals import wants_added
from tests.factories import CardFactory, WantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    return CardFactory(name="Sol Ring")


def faults(work, **arguments):
    with pytest.raises(CardError) as caught:
        work(**arguments)
    return caught.value.status, [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_want_for_the_same_grows(alice, card):
    heard = []

    def listen(owner_id, want_ids, **kwargs):
        heard.append((owner_id, want_ids))

    wants_added.connect(listen)
    first = add_want(by=alice, want=NewWant(card_id=card.pk, max_price=Decimal(3)))
    again = add_want(by=alice, want=NewWant(card_id=card.pk, quantity=2))
    foil = add_want(by=alice, want=NewWant(card_id=card.pk, finish="foil"))
    wants_added.disconnect(listen)

    assert (again.pk, again.quantity, again.max_price) == (first.pk, 3, None)
    assert foil.pk != first.pk
    assert heard == [(alice.pk, [first.pk]), (alice.pk, [first.pk]), (alice.pk, [foil.pk])]


def test_any_printing_is_a_want_of_its_own(alice, card):
    printing = add_want(by=alice, want=NewWant(card_id=card.pk))
    game_card = add_want(by=alice, want=NewWant(oracle_id=card.oracle_id))
    again = add_want(by=alice, want=NewWant(oracle_id=card.oracle_id, quantity=4))
    assert printing.pk != game_card.pk
    assert (again.pk, again.quantity) == (game_card.pk, 5)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"quantity": 0}, ("/quantity", "out_of_range")),
        ({"quantity": 1000}, ("/quantity", "out_of_range")),
        ({"max_price": Decimal(0)}, ("/max_price", "out_of_range")),
        ({"max_price": Decimal("1.001")}, ("/max_price", "max_decimal_places")),
        ({"finish": "etched"}, ("/finish", "no_such_finish")),
        ({"least_condition": "MINT"}, ("/least_condition", "invalid_choice")),
        ({"card_id": 10**9}, ("/card", "does_not_exist")),
        ({"card_id": None}, ("/card", "one_of_two")),
        ({"oracle_id": "11111111-1111-1111-1111-111111111111"}, ("/card", "one_of_two")),
        (
            {"card_id": None, "oracle_id": "11111111-1111-1111-1111-111111111111"},
            ("/oracle_id", "does_not_exist"),
        ),
    ],
)
def test_bad_wants_are_refused_with_a_pointer(alice, card, wrong, fault):
    want = NewWant(**{"card_id": card.pk, **wrong})
    assert faults(add_want, by=alice, want=want) == (400, [fault])
    assert not Want.objects.exists()


def test_bulk_is_all_or_nothing(alice, card):
    good, bad = NewWant(card_id=card.pk), NewWant(card_id=card.pk, quantity=0)
    assert faults(add_wants_in_bulk, by=alice, wants=[good, bad]) == (400, [("/1/quantity", "out_of_range")])
    assert not Want.objects.exists()
    first, second = add_wants_in_bulk(by=alice, wants=[good, NewWant(card_id=card.pk, quantity=998)])
    assert (first, first.quantity) == (second, 999)
    assert faults(add_wants_in_bulk, by=alice, wants=[good] * 501) == (413, [])


def test_a_changed_want_swallows_its_like(alice, card):
    foil = WantFactory(owner=alice, card=card, finish="foil", quantity=2)
    plain = WantFactory(owner=alice, card=card, quantity=3)
    changed = change_want(by=alice, want_id=plain.pk, changes={"finish": "foil", "max_price": Decimal(9)})
    assert (changed.pk, changed.quantity, changed.max_price) == (plain.pk, 5, Decimal(9))
    assert not Want.objects.filter(pk=foil.pk).exists()


def test_a_want_can_turn_to_any_printing(alice, card):
    want = WantFactory(owner=alice, card=card)
    change_want(by=alice, want_id=want.pk, changes={"card_id": None, "oracle_id": card.oracle_id})
    want.refresh_from_db()
    assert (want.card_id, want.oracle_id) == (None, card.oracle_id)


def test_nobody_touches_anothers_want(alice, charlie, card):
    want = WantFactory(owner=alice, card=card)
    assert faults(change_want, by=charlie, want_id=want.pk, changes={"quantity": 5})[0] == 404
    assert faults(remove_want, by=charlie, want_id=want.pk)[0] == 404
    assert Want.objects.get() == want
    remove_want(by=alice, want_id=want.pk)
    assert not Want.objects.exists()


@pytest.mark.parametrize("broken", [{"quantity": 0}, {"quantity": 1000}, {"card": None}, {"max_price": 0}])
def test_postgresql_keeps_wants_in_order(alice, card, broken):
    want = WantFactory(owner=alice, card=card)
    with pytest.raises(IntegrityError), transaction.atomic():
        Want.objects.filter(pk=want.pk).update(**broken)
