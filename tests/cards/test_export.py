"""CSV out of binders and want lists, and back in without a loss."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from cards.exports import binder_csv, defused, undefused, wants_csv
from cards.imports import apply_import, apply_wants_import, plan_import, plan_wants_import
from cards.models import Condition, Finish, Holding, Language, Variant, Want
from tests.factories import CardFactory, HoldingFactory


def table(lines: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines), newline="")))


@pytest.mark.django_db
def test_a_row_of_the_binder_as_csv(alice) -> None:
    card = CardFactory(
        name="Lim-Dûl's Vault",
        set_code="all",
        set_name="Alliances",
        collector_number="107",
        scryfall_id=UUID(int=7),
    )
    HoldingFactory(
        owner=alice, card=card, finish="foil", condition="LP", language="ja", variant="signed", note="by the artist",
        quantity=4, for_trade=1,
    )  # fmt: skip
    HoldingFactory(owner=alice, quantity=0, for_trade=0, is_hidden=True)
    HoldingFactory(quantity=2)  # somebody else's
    assert table(binder_csv(owner=alice)) == [
        {
            "Quantity": "4",
            "For trade": "1",
            "Name": "Lim-Dûl's Vault",
            "Set code": "all",
            "Set name": "Alliances",
            "Collector number": "107",
            "Finish": "foil",
            "Condition": "LP",
            "Language": "ja",
            "Variant": "signed",
            "Note": "by the artist",
            "Scryfall ID": "00000000-0000-0000-0000-000000000007",
        }
    ]


@pytest.mark.django_db
def test_an_empty_binder_is_its_header() -> None:
    assert len(list(binder_csv(owner=User(pk=0)))) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert defused(f"{start}1") == f"'{start}1"


@given(st.text())
def test_defusing_loses_nothing(cell: str) -> None:
    assert undefused(defused(cell)) == cell


def full_binder(owner: User) -> list[tuple[Any, ...]]:
    fields = ("card", "finish", "condition", "language", "variant", "note", "quantity", "for_trade")
    return sorted(Holding.objects.of(owner).values_list(*fields))


NOTES = [
    "",
    "=1+1",
    "'quoted",
    "''",
    "+",
    "-5",
    "@a",
    " blanks ",
    'say "hi", twice',
    "two\nlines",
    "\ttab",
    "ß → 漢字",
    "x" * 200,
]


@pytest.mark.django_db
def test_a_binder_comes_back_as_it_was(alice, bob) -> None:
    cards = [
        CardFactory(name=name, search_name=name.lower())
        for name in ("+2 Mace", "Fire // Ice", '"Ach! Hans, Run!"')
    ]
    for number, note in enumerate(NOTES):
        HoldingFactory(owner=alice, card=cards[number % 3], note=note, quantity=number + 1, for_trade=number)
    for language in Language.values[1:]:
        HoldingFactory(owner=alice, card=cards[0], language=language, quantity=2)
    for variant in Variant.values[1:]:
        HoldingFactory(owner=alice, card=cards[1], variant=variant, quantity=2)
    for condition in Condition.values[1:]:
        HoldingFactory(owner=alice, card=cards[2], condition=condition, finish=Finish.FOIL, quantity=2)
    exported = "".join(binder_csv(owner=alice))
    plan = plan_import(owner=alice, content=exported, mode="replace")
    assert (plan.read.format, plan.errors) == ("tradepost", [])
    assert {change.outcome for change in plan.changes} == {"unchanged"}
    apply_import(plan=plan_import(owner=bob, content=exported.encode("utf-8-sig")))
    assert len(full_binder(bob)) == len(NOTES) + 17 + 4 + 4
    assert full_binder(bob) == full_binder(alice)


@pytest.mark.django_db
def test_a_want_list_comes_back_as_it_was(alice, bob) -> None:
    card = CardFactory(name="=Opt", search_name="opt")
    Want.objects.create(
        owner=alice, card=card, quantity=3, finish="foil", language="de", least_condition="LP"
    )
    Want.objects.create(owner=alice, card=card, finish="nonfoil", max_price=Decimal("2.50"))
    Want.objects.create(owner=alice, oracle_id=card.oracle_id, quantity=4, accepts_gold_bordered=True)
    exported = "".join(wants_csv(owner=alice))
    assert [row["Name"] for row in table(exported)] == ["'=Opt"] * 3
    plan = plan_wants_import(owner=alice, content=exported, mode="replace")
    assert ([change.outcome for change in plan.changes], plan.errors) == (["unchanged"] * 3, [])
    apply_wants_import(plan=plan_wants_import(owner=bob, content=exported))
    assert terms(bob) == terms(alice)


def terms(owner: User) -> list[tuple[Any, ...]]:
    fields = (
        "card",
        "oracle_id",
        "finish",
        "language",
        "least_condition",
        "quantity",
        "max_price",
        "accepts_gold_bordered",
    )
    return list(Want.objects.filter(owner=owner).order_by("id").values_list(*fields))


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_rows(alice) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(binder_csv(owner=alice))
            list(wants_csv(owner=alice))
        return len(captured)

    for _ in range(2):
        row = HoldingFactory(owner=alice)
        Want.objects.create(owner=alice, oracle_id=row.card.oracle_id)
    few = queries()
    for _ in range(5):
        row = HoldingFactory(owner=alice)
        Want.objects.create(owner=alice, oracle_id=row.card.oracle_id)
    assert queries() == few == 3
