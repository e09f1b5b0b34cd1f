"""The statement that ranks matches against the same rules in slow Python, on random small markets."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import log
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.limits import Tier
from accounts.models import Block, User
from cards.fulfilment import CONDITION_RANK, fulfils
from cards.matching import POINTS, Direction, find_matches
from cards.models import Card, CurrentPrice, Holding, Want
from cards.values import CONDITION_FACTOR, value_of_copy
from core.clock import database_now
from tests.factories import CardFactory, HoldingFactory, UserFactory, WantFactory

pytestmark = pytest.mark.django_db


# --- the rules, slowly ----------------------------------------------------------------------
@dataclass
class Pile:
    """What one trader could give another."""

    lines: list[tuple[Holding, int, Decimal | None]]

    @property
    def value(self) -> Decimal:
        return sum((value * copies for _row, copies, value in self.lines if value), Decimal())


class Market:
    def __init__(self) -> None:
        self.rows = [row for row in Holding.objects.select_related("card") if row.free]
        self.wants = list(Want.objects.all())
        self.prices = {(p.card_id, p.finish): p.price for p in CurrentPrice.objects.all()}

    def worth(self, holding: Holding) -> Decimal | None:
        price = self.prices.get((holding.card_id, holding.finish))
        return price and value_of_copy(price, holding.condition)

    def pile(self, giver: User, receiver: User) -> Pile:
        wanted: defaultdict[int, int] = defaultdict(int)
        rows = [row for row in self.rows if row.owner_id == giver.pk]
        for want in self.wants:
            fitting = [row for row in rows if fulfils(row, want) and self.affordable(row, want)]
            if want.owner_id == receiver.pk and fitting:
                wanted[min(fitting, key=self.preference).pk] += want.quantity
        return Pile([(row, min(wanted[row.pk], row.free), self.worth(row)) for row in rows if wanted[row.pk]])

    def affordable(self, holding: Holding, want: Want) -> bool:
        value = self.worth(holding)
        return want.max_price is None or value is None or value <= want.max_price

    def preference(self, holding: Holding) -> tuple[Any, ...]:
        value = self.worth(holding)
        return CONDITION_RANK[holding.condition], value is None, value or 0, holding.pk


def points(me: User, other: User, get: Pile, give: Pile) -> dict[str, float]:
    both = [*get.lines, *give.lines]
    values = sorted([get.value, give.value])
    quality = sum(copies * CONDITION_FACTOR[row.condition] for row, copies, _value in both)
    different = len({row.card_id for row, *_ in get.lines}) + len({row.card_id for row, *_ in give.lines})
    return {
        "balance": 40 * float(values[0] / values[1]) if values[1] else 0,
        "value": 20 * min(1, log(1 + float(sum(values))) / log(501)),
        "variety": 15 * min(1, different / 10),
        "condition": 10 * float(quality / sum(copies for _row, copies, _value in both)),
        "tier": 10 * Tier(other.trust_tier).rank / 5,
        "country": 5 if me.country and me.country == other.country else 0,
    }


def reference(me: User, direction: Direction) -> dict[str, Any]:
    found, market = {}, Market()
    for other in User.objects.exclude(pk=me.pk):
        get, give = market.pile(other, me), market.pile(me, other)
        shown = {
            Direction.MUTUAL: get.lines and give.lines,
            Direction.WANT: get.lines and not give.lines,
            Direction.HAVE: give.lines and not get.lines,
        }
        if shown[direction]:
            copies = [{row.pk: n for row, n, _value in pile.lines} for pile in (get, give)]
            found[other.username] = (points(me, other, get, give), get.value, give.value, *copies)
    return found


def shown(me: User, direction: Direction) -> dict[str, Any]:
    return {
        match.trader.username: (
            {name: pytest.approx(earned) for name, earned in match.points.items()},
            match.they_give.value,
            match.i_give.value,
            {line.holding.pk: line.copies for line in match.they_give.lines},
            {line.holding.pk: line.copies for line in match.i_give.lines},
        )
        for match in find_matches(me, direction, lines=50)
    }


# --- random markets -------------------------------------------------------------------------
# Narrow on purpose: most rows must meet, or the statement would hardly be asked anything.
traders = st.sampled_from([0, 0, 1, 1, 2])
printings = st.sampled_from([0, 0, 1, 1, 2])
conditions = st.sampled_from(["NM", "LP", "DMG"])
finishes = st.sampled_from(["nonfoil", "nonfoil", "foil"])
languages = st.sampled_from(["en", "en", "de"])
holdings = st.tuples(
    traders, printings, finishes, conditions, languages, st.integers(1, 3), st.sampled_from([0, 0, 1])
)
wants = st.tuples(
    traders,
    st.tuples(printings, st.booleans()),
    st.sampled_from(["", "", "nonfoil", "foil"]),
    st.sampled_from(["DMG", "LP", "NM"]),
    st.sampled_from(["", "", "en"]),
    st.integers(1, 3),
    st.sampled_from([None, Decimal("2.00"), Decimal("9.00")]),
    st.booleans(),
)
amounts = st.one_of(st.none(), st.decimals("0.01", "12", places=2), st.decimals("0.01", "300", places=2))
prices = st.fixed_dictionaries(
    {(printing, finish): amounts for printing in range(3) for finish in ("nonfoil", "foil")}
)


def build(holding_rows, want_rows, price_rows) -> list[Any]:
    """Three traders; printings 0 and 1 are one card, printing 1 is gold-bordered."""
    people = [
        UserFactory(country=country, trust_tier=tier)
        for country, tier in (("DE", "new"), ("DE", "gold"), ("US", "diamond"))
    ]
    first = CardFactory()
    cards = [first, CardFactory(oracle_id=first.oracle_id, set_code="wc99"), CardFactory()]
    today = database_now().date()
    CurrentPrice.objects.bulk_create(
        CurrentPrice(card=cards[number], finish=finish, price=price, source="csv", day=today)
        for (number, finish), price in price_rows.items()
        if price is not None
    )
    Holding.objects.bulk_create(
        Holding(
            owner=people[who], card=cards[what], finish=finish, condition=condition, language=language,
            note=str(number), quantity=quantity, for_trade=quantity, reserved=reserved,
        )
        for number, (who, what, finish, condition, language, quantity, reserved) in enumerate(holding_rows)
    )  # fmt: skip
    wishes = [
        Want(
            owner=people[who], quantity=quantity, finish=finish, least_condition=least, language=language,
            card=None if any_printing else cards[what], max_price=most, accepts_gold_bordered=gold,
            oracle_id=cards[what].oracle_id if any_printing else None,
        )
        for who, (what, any_printing), finish, least, language, quantity, most, gold in want_rows
    ]  # fmt: skip
    Want.objects.bulk_create(wishes, ignore_conflicts=True)
    return people


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(holdings, min_size=6, max_size=12),
    st.lists(wants, min_size=6, max_size=10),
    prices,
    st.sampled_from(Direction),
)
def test_the_statement_follows_the_rules(holding_rows, want_rows, price_rows, direction):
    with transaction.atomic():
        me, *_others = build(holding_rows, want_rows, price_rows)
        assert shown(me, direction) == reference(me, direction)
        transaction.set_rollback(True)


# --- by hand --------------------------------------------------------------------------------
@pytest.fixture
def swap(alice, bob):
    """Alice's $30 foil for bob's $20 card: each wants just that."""
    mine = HoldingFactory(owner=alice, quantity=1, finish="foil", price="30.00")
    theirs = HoldingFactory(owner=bob, quantity=1, condition="LP", price="20.00")
    WantFactory(owner=bob, card=mine.card)
    WantFactory(owner=alice, card=theirs.card)
    return mine, theirs


def partners(user: User, direction: Direction = Direction.MUTUAL) -> list[str]:
    return [match.trader.username for match in find_matches(user, direction)]


def test_a_match_is_worth_its_points(alice, bob, swap):
    User.objects.update(country="FR")
    User.objects.filter(pk=bob.pk).update(trust_tier="silver")
    alice.refresh_from_db()
    (match,) = find_matches(alice, Direction.MUTUAL)
    assert (match.they_give.value, match.i_give.value) == (Decimal("17.00"), Decimal("30.00"))
    assert match.points == pytest.approx(
        {
            "balance": 40 * 17 / 30,
            "value": 20 * log(48) / log(501),
            "variety": 15 * 2 / 10,
            "condition": 10 * (1 + 0.85) / 2,
            "tier": 10 * 2 / 5,
            "country": 5,
        }
    )
    assert match.score == pytest.approx(sum(match.points.values()))
    assert sum(POINTS.values()) == 100


def test_the_better_match_comes_first(alice, bob, charlie, swap):
    mine, _theirs = swap
    fairer = HoldingFactory(owner=charlie, quantity=1, price="30.00")
    WantFactory(owner=charlie, card=mine.card)
    WantFactory(owner=alice, card=fairer.card)
    assert partners(alice) == ["charlie", "bob"]
    assert [m.trader for m in find_matches(alice, Direction.MUTUAL, limit=1, offset=1)] == [bob]


def test_one_way_matches_stand_apart(alice, bob, charlie, swap):
    mine, theirs = swap
    HoldingFactory(owner=charlie, card=theirs.card)
    WantFactory(owner=UserFactory(username="dora"), card=mine.card)
    assert partners(alice) == ["bob"]
    assert partners(alice, Direction.WANT) == ["charlie"]
    assert partners(alice, Direction.HAVE) == ["dora"]


GONE = {
    "banned": lambda now: {"banned_at": now},
    "deleted": lambda now: {"deleted_at": now},
    "suspended": lambda now: {"suspended_until": now + timedelta(days=1)},
    "restricted": lambda now: {"restricted_until": now + timedelta(days=1)},
    "on vacation": lambda now: {"vacation_until": now.date()},
    "absent": lambda now: {"last_seen": now - timedelta(days=30)},
    "never seen": lambda _now: {"last_seen": None},
    "takes offers from elsewhere": lambda _now: {"offers_from_countries": ["US", "JP"]},
    "takes offers from trusted people": lambda _now: {"offers_min_tier": "bronze"},
    "takes larger offers": lambda _now: {"offers_min_value": Decimal("30.01")},
}


@pytest.mark.parametrize("change", GONE.values(), ids=GONE.keys())
def test_who_is_not_there_to_trade_is_left_out(alice, bob, swap, change):
    User.objects.filter(pk=alice.pk).update(country="DE")
    alice.refresh_from_db()
    assert partners(alice) == ["bob"]
    User.objects.filter(pk=bob.pk).update(**change(database_now()))
    assert partners(alice) == []


PICKY = {
    "country": {"offers_from_countries": ["US"]},
    "tier": {"offers_min_tier": "silver"},
    "value": {"offers_min_value": Decimal("17.01")},
    "mail only, and bob only in person": {"offers_by": "mail"},
}


@pytest.mark.parametrize("change", PICKY.values(), ids=PICKY.keys())
def test_whose_offers_i_do_not_accept_is_left_out(alice, bob, swap, change):
    User.objects.filter(pk=bob.pk).update(offers_by="in_person")
    assert partners(alice) == ["bob"]
    User.objects.filter(pk=alice.pk).update(**change)
    alice.refresh_from_db()
    assert partners(alice) == []


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_blocked_traders_are_left_out_both_ways(alice, bob, swap, who):
    assert (partners(alice), partners(bob)) == (["bob"], ["alice"])
    first, second = (alice, bob) if who == "alice" else (bob, alice)
    Block.objects.create(blocker=first, blocked=second)
    assert (partners(alice), partners(bob)) == ([], [])


def test_back_from_vacation(alice, bob, swap):
    User.objects.filter(pk=bob.pk).update(vacation_until=database_now().date() - timedelta(days=1))
    assert partners(alice) == ["bob"]


def test_the_number_of_statements_does_not_grow(alice, swap, django_assert_num_queries):
    mine, theirs = swap
    with django_assert_num_queries(4):
        assert len(find_matches(alice, Direction.MUTUAL)) == 1
    for _ in range(2):
        other = HoldingFactory(card=theirs.card).owner
        WantFactory(owner=other, card=mine.card)
    with django_assert_num_queries(4):
        assert len(find_matches(alice, Direction.MUTUAL)) == 3


def test_conditions_and_finishes_of_the_statement_are_all_there_are():
    assert set(CONDITION_RANK) == set(CONDITION_FACTOR)
    assert list(CONDITION_RANK) == list(CONDITION_FACTOR)
    assert Card._meta.get_field("finishes").base_field.choices == [
        ("nonfoil", "nonfoil"), ("foil", "foil"), ("etched", "etched"),
    ]  # fmt: skip
