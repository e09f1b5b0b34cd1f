"""Copies in the hands of trades: reserved, released, handed over, and raced for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cards.custody import Move, hand_over, lock_holdings, release, reserve
from cards.errors import CardError
from cards.models import Holding, Want
from cards.services import NewHolding, add_holding
from cards.services.owners import lock_owner
from tests.factories import CardFactory, HoldingFactory, WantFactory


def rows(user):
    found = Holding.objects.filter(owner=user).order_by("card__name", "id")
    return list(found.values_list("card__name", "note", "quantity", "for_trade", "reserved", "is_hidden"))


def lock(*ids: int) -> dict[int, Holding]:
    """What every caller does first."""
    return lock_holdings(ids)


@pytest.mark.django_db
def test_copies_are_reserved_and_released(bolt, mox):
    lock(bolt.pk, mox.pk)
    reserve({bolt.pk: 3, mox.pk: 1})
    assert [row.free for row in lock_holdings([bolt.pk, mox.pk]).values()] == [1, 1]
    release({bolt.pk: 2, mox.pk: 1})
    assert [row.free for row in lock_holdings([bolt.pk, mox.pk]).values()] == [3, 2]


@pytest.mark.django_db
def test_nothing_can_be_promised_twice(bolt):
    lock(bolt.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        reserve({bolt.pk: 5})
    with pytest.raises(IntegrityError), transaction.atomic():
        release({bolt.pk: 1})
    assert Holding.objects.get().reserved == 0


@pytest.mark.django_db
def test_rows_are_locked_in_the_order_of_the_house(alice, bob, django_assert_num_queries):
    later, earlier = CardFactory(), CardFactory()
    theirs = HoldingFactory(owner=bob, card=earlier)
    foil = HoldingFactory(owner=alice, card=later, finish="foil")
    plain = HoldingFactory(owner=alice, card=later)
    with django_assert_num_queries(1):
        locked = lock_holdings([plain.pk, theirs.pk, foil.pk, 10**9], with_cards=True)
    assert list(locked) == [foil.pk, plain.pk, theirs.pk]


@pytest.mark.django_db
def test_copies_change_hands(alice, bob, bolt, mox):
    kept = HoldingFactory(owner=bob, card=bolt.card, quantity=1, for_trade=1)
    reserve({bolt.pk: 3, mox.pk: 2})
    hand_over([Move(bolt.pk, 3, bob.pk), Move(mox.pk, 2, alice.pk)])

    assert rows(alice) == [("Lightning Bolt", "", 1, 1, 0, False), ("Mox Opal", "", 2, 0, 0, False)]
    assert rows(bob) == [("Lightning Bolt", "", 4, 1, 0, False), ("Mox Opal", "", 0, 0, 0, True)]
    assert Holding.objects.get(owner=bob, card=bolt.card) == kept


@pytest.mark.django_db
def test_rows_that_differ_by_their_note_arrive_as_one(alice, bob, bolt):
    noted = HoldingFactory(owner=alice, card=bolt.card, note="from a binder", quantity=2)
    reserve({bolt.pk: 1, noted.pk: 2})
    hand_over([Move(bolt.pk, 1, bob.pk), Move(noted.pk, 2, bob.pk)])
    assert rows(bob) == [("Lightning Bolt", "", 3, 0, 0, False)]


@pytest.mark.django_db
def test_received_copies_tick_off_wants(alice, bob, bolt):
    printing = WantFactory(owner=bob, card=bolt.card, quantity=2)
    any_printing = WantFactory(owner=bob, card=None, oracle_id=bolt.card.oracle_id, quantity=3)
    foil = WantFactory(owner=bob, card=bolt.card, finish="foil")
    somebody_elses = WantFactory(card=bolt.card, quantity=2)
    reserve({bolt.pk: 3})
    hand_over([Move(bolt.pk, 3, bob.pk)])

    left = dict(Want.objects.values_list("pk", "quantity"))
    assert left == {any_printing.pk: 2, foil.pk: 1, somebody_elses.pk: 2}
    assert printing.pk not in left


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("want", "ticked"),
    [
        ({}, True),
        ({"least_condition": "LP"}, True),
        ({"least_condition": "NM"}, False),
        ({"finish": "nonfoil", "language": "en"}, True),
        ({"finish": "foil"}, False),
        ({"language": "de"}, False),
        ({"max_price": "0.01"}, True),  # it was received, whatever it was worth
    ],
)
def test_only_a_copy_that_fits_ticks_off(alice, bob, want, ticked):
    worn = HoldingFactory(owner=alice, condition="LP", quantity=1, reserved=1)
    WantFactory(owner=bob, card=worn.card, **want)
    hand_over([Move(worn.pk, 1, bob.pk)])
    assert Want.objects.exists() is not ticked


@pytest.mark.django_db
@pytest.mark.parametrize("accepts_gold_bordered", [True, False])
def test_gold_borders_are_any_printing_only_on_request(alice, bob, accepts_gold_bordered):
    gold = HoldingFactory(owner=alice, card__set_code="wc99", quantity=1, reserved=1)
    WantFactory(
        owner=bob, card=None, oracle_id=gold.card.oracle_id, accepts_gold_bordered=accepts_gold_bordered
    )
    hand_over([Move(gold.pk, 1, bob.pk)])
    assert Want.objects.exists() is not accepts_gold_bordered


@pytest.mark.django_db
def test_a_full_row_takes_no_more(alice, bob, bolt):
    HoldingFactory(owner=bob, card=bolt.card, quantity=99_999)
    reserve({bolt.pk: 1})
    with pytest.raises(CardError) as caught, transaction.atomic():
        hand_over([Move(bolt.pk, 1, bob.pk)])
    assert (caught.value.status, caught.value.code) == (409, "row_full")
    assert rows(alice) == [("Lightning Bolt", "", 4, 4, 1, False)]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow(alice, bob):
    def statements(count: int) -> int:
        given = [HoldingFactory(owner=alice, quantity=1) for _ in range(count)]
        for holding in given:
            WantFactory(owner=bob, card=holding.card, quantity=2)
        with CaptureQueriesContext(connection) as captured:
            lock_holdings([holding.pk for holding in given])
            reserve(dict.fromkeys((holding.pk for holding in given), 1))
            hand_over([Move(holding.pk, 1, bob.pk) for holding in given])
        return len(captured)

    assert statements(1) == statements(20) == 7


def both(first, second) -> list[Exception | None]:
    """Run the two at the same moment, each in its own connection; what each raised."""
    barrier = Barrier(2)

    def run(work) -> Exception | None:
        barrier.wait()
        try:
            with transaction.atomic():
                work()
        except Exception as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(run, first), pool.submit(run, second)]]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks", [True, False], ids=["locked", "control"])
def test_one_copy_is_promised_once(locks, race_rounds):
    """Both see the last copy as free; without the lock both promise it and only the constraint holds."""
    lost = []
    for _ in range(race_rounds):
        holding = HoldingFactory(quantity=1)
        seen = Barrier(2)

        def promise(pk=holding.pk, seen=seen):
            row = lock_holdings([pk])[pk] if locks else Holding.objects.get(pk=pk)
            if not locks:
                seen.wait()
            if row.free:
                reserve({pk: 1})

        outcome = both(promise, promise)
        lost += [error for error in outcome if error]
        assert Holding.objects.get(pk=holding.pk).reserved == 1
    assert len(lost) == (0 if locks else race_rounds)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_swaps_and_a_binder_at_once_do_not_deadlock(alice, bob, race_rounds):
    """Copies that go both ways while the receiver adds the same cards: nothing lost, nothing stuck."""
    cards = [CardFactory() for _ in range(4)]
    for _ in range(race_rounds):
        Holding.objects.all().delete()
        mine = [HoldingFactory(owner=alice, card=card, quantity=2, reserved=1) for card in cards[:2]]
        theirs = [HoldingFactory(owner=bob, card=card, quantity=2, reserved=1) for card in cards[2:]]

        def swap(mine=mine, theirs=theirs):
            for owner in sorted([alice, bob], key=lambda user: user.pk):
                lock_owner(owner)
            hand_over(
                [Move(row.pk, 1, bob.pk) for row in mine] + [Move(row.pk, 1, alice.pk) for row in theirs]
            )

        def add():
            for card in reversed(cards):
                add_holding(by=alice, holding=NewHolding(card_id=card.pk))

        assert both(swap, add) == [None, None]
        assert sum(Holding.objects.values_list("quantity", flat=True)) == 12
