"""Importing a binder: the plan writes nothing, applying it is one transaction under the owner's lock."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cards.errors import CardError
from cards.imports import BinderPlan, apply_import, plan_import
from cards.models import Card, Holding
from cards.signals import holdings_added
from tests.cards.bulk import sheet
from tests.factories import CardFactory, HoldingFactory

pytestmark = pytest.mark.django_db
HEADER = "Count,Tradelist Count,Name,Edition,Collector Number,Condition,Language,Foil,Proxy"
OPT = "4,2,Opt,dom,60,Near Mint,English,,False"
SHOCK = "1,1,Shock,m19,156,Played,German,foil,False"


@pytest.fixture(autouse=True)
def opt() -> Card:
    card: Card = CardFactory(name="Opt", search_name="opt", set_code="dom", collector_number="60")
    return card


@pytest.fixture(autouse=True)
def shock() -> Card:
    card: Card = CardFactory(name="Shock", search_name="shock", set_code="m19", collector_number="156")
    return card


def plan(owner: User, *rows: str, **options: Any) -> BinderPlan:
    return plan_import(owner=owner, content=sheet(HEADER, *rows), **options)


def imported(owner: User, *rows: str, **options: Any) -> dict[str, Any]:
    return apply_import(plan=plan(owner, *rows, **options)).answer()


def binder(owner: User) -> list[tuple[Any, ...]]:
    rows = Holding.objects.of(owner).order_by("card__name", "language")
    return list(rows.values_list("card__name", "finish", "condition", "language", "quantity", "for_trade"))


def errors(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [(error["line"], error["code"]) for error in answer["errors"]]


def test_the_plan_says_what_would_happen_and_writes_nothing(alice, opt, shock) -> None:
    HoldingFactory(owner=alice, card=opt, quantity=1, for_trade=1)
    planned = plan(alice, OPT, SHOCK, "x,,Opt,dom,60,,,,")
    assert planned.answer() == {
        "format": "moxfield",
        "rows": 3,
        "created": 1,
        "updated": 1,
        "removed": 0,
        "errors": [
            {"line": 4, "code": "quantity_invalid", "detail": "“x” is not a number of copies: 1 to 99,999."}
        ],
    }
    assert [
        (change.card, change.outcome, change.before, change.after, change.lines) for change in planned.changes
    ] == [
        (opt, "updated", (1, 1), (5, 3), (2,)),
        (shock, "created", None, (1, 1), (3,)),
    ]
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 1, 1)]


def test_applying_writes_the_good_rows_and_reports_the_others(alice) -> None:
    answer = imported(alice, OPT, SHOCK, "1,,Nope,xyz,1,,,,", "1,,Opt,dom,60,,,,True")
    assert (answer["rows"], answer["created"], answer["updated"]) == (4, 2, 0)
    assert errors(answer) == [(4, "card_unknown"), (5, "proxy")]
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 2), ("Shock", "foil", "MP", "de", 1, 1)]


def test_strict_writes_nothing_if_one_row_is_bad(alice) -> None:
    with pytest.raises(CardError) as refusal:
        apply_import(plan=plan(alice, OPT, "1,,Nope,xyz,1,,,,"), strict=True)
    assert (refusal.value.code, refusal.value.status) == ("rows_refused", 400)
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [("/3", "card_unknown")]
    assert binder(alice) == []
    assert apply_import(plan=plan(alice, OPT), strict=True).count("created") == 1


def test_rows_that_mean_the_same_row_are_added_together(alice) -> None:
    answer = imported(alice, OPT, OPT, OPT.replace("English", "German"))
    assert (answer["rows"], answer["created"]) == (3, 2)
    assert binder(alice) == [("Opt", "nonfoil", "NM", "de", 4, 2), ("Opt", "nonfoil", "NM", "en", 8, 4)]


def test_add_adds_each_time_and_revives_hidden_rows(alice, opt) -> None:
    imported(alice, OPT)
    assert imported(alice, OPT)["updated"] == 1
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 8, 4)]
    row = Holding.objects.get()
    Holding.objects.update(quantity=0, for_trade=0, is_hidden=True)
    assert imported(alice, OPT)["created"] == 1
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 2)]
    assert Holding.objects.get() == row


@pytest.mark.parametrize(("for_trade", "copies"), [("column", 2), ("all", 4), ("none", 0)])
def test_what_is_for_trade_is_asked_for(alice, for_trade: Any, copies: int) -> None:
    imported(alice, OPT, for_trade=for_trade)
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, copies)]


def test_without_a_column_the_preview_asks_and_nothing_is_for_trade(alice) -> None:
    content = "4 Opt (DOM) 60"
    assert plan_import(owner=alice, content=content).asks_for_trade is True
    assert plan_import(owner=alice, content=content, for_trade="all").asks_for_trade is False
    assert plan(alice, OPT).asks_for_trade is False
    apply_import(plan=plan_import(owner=alice, content=content))
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 0)]


def test_a_row_holds_so_many_copies_and_no_more(alice, opt) -> None:
    HoldingFactory(owner=alice, card=opt, quantity=99_996, for_trade=0)
    assert errors(imported(alice, OPT)) == [(2, "row_full")]
    assert imported(alice, OPT.replace("4,2", "3,0"))["updated"] == 1
    assert Holding.objects.get().quantity == 99_999


# --- replace --------------------------------------------------------------------------------


def test_replace_makes_the_binder_what_the_file_says(alice, opt, shock) -> None:
    HoldingFactory(owner=alice, card=opt, quantity=9, for_trade=9)
    gone = HoldingFactory(owner=alice, card=shock, quantity=3)
    answer = imported(alice, OPT, mode="replace")
    assert (answer["created"], answer["updated"], answer["removed"], answer["errors"]) == (0, 1, 1, [])
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 2)]
    gone.refresh_from_db()
    assert (gone.is_hidden, gone.quantity, gone.for_trade) == (True, 0, 0)


def test_replacing_twice_changes_nothing(alice) -> None:
    imported(alice, OPT, SHOCK, mode="replace")
    before = list(Holding.objects.order_by("id").values())
    answer = imported(alice, SHOCK, OPT, mode="replace")
    assert (answer["created"], answer["updated"], answer["removed"]) == (0, 0, 0)
    assert list(Holding.objects.order_by("id").values()) == before


def test_replace_keeps_what_is_for_trade_if_the_file_does_not_say(alice, opt) -> None:
    HoldingFactory(owner=alice, card=opt, quantity=9, for_trade=3)
    apply_import(plan=plan_import(owner=alice, content="2 Opt", mode="replace"))
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 2, 2)]


def test_replace_never_touches_promised_copies(alice, opt, shock) -> None:
    HoldingFactory(owner=alice, card=opt, quantity=4, for_trade=4, reserved=3)
    HoldingFactory(owner=alice, card=shock, quantity=2, for_trade=2, reserved=1)
    answer = imported(alice, OPT, mode="replace")
    assert errors(answer) == [(0, "copies_reserved"), (2, "copies_reserved")]
    assert (
        answer["errors"][1]["detail"] == "3 × Opt (DOM) 60 are promised in a trade: the row stays as it is."
    )
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 4), ("Shock", "nonfoil", "NM", "en", 2, 2)]


def test_replace_takes_nothing_out_while_a_row_is_not_understood(alice, shock) -> None:
    HoldingFactory(owner=alice, card=shock, quantity=3)
    answer = imported(alice, OPT, "1,,Shokc,m19,156,,,,", mode="replace")
    assert errors(answer) == [(0, "nothing_removed"), (3, "card_unknown")]
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 4, 2), ("Shock", "nonfoil", "NM", "en", 3, 3)]


def test_a_header_alone_does_not_empty_the_binder(alice, opt) -> None:
    HoldingFactory(owner=alice, card=opt)
    with pytest.raises(CardError, match="no_rows"):
        plan(alice, mode="replace")


# --- others, signals, the state in between --------------------------------------------------


def test_nobody_elses_binder_is_touched(alice, bob, opt, shock) -> None:
    HoldingFactory(owner=bob, card=opt, quantity=1)
    HoldingFactory(owner=bob, card=shock, quantity=1)
    before = binder(bob)
    assert len(before) == 2
    imported(alice, OPT, mode="replace")
    assert binder(bob) == before


def test_the_plan_is_compared_anew_when_it_is_applied(alice, opt) -> None:
    planned = plan(alice, OPT, mode="replace")
    HoldingFactory(owner=alice, card=opt, quantity=5, for_trade=5, reserved=4)
    done = apply_import(plan=planned)
    assert errors(done.answer()) == [(2, "copies_reserved")]
    assert binder(alice) == [("Opt", "nonfoil", "NM", "en", 5, 5)]


def test_one_signal_tells_of_the_rows_that_grew(alice, opt, shock) -> None:
    HoldingFactory(
        owner=alice, card=shock, finish="foil", condition="MP", language="de", quantity=1, for_trade=1
    )
    heard: list[dict[str, Any]] = []

    def listen(sender: Any, owner_id: int, holding_ids: list[int], **kwargs: Any) -> None:
        heard.append({"owner": owner_id, "ids": holding_ids})

    holdings_added.connect(listen)
    try:
        imported(alice, OPT, SHOCK, mode="replace")
        assert heard == [{"owner": alice.pk, "ids": [Holding.objects.get(card=opt).pk]}]
        imported(alice, OPT, SHOCK, mode="replace")
        assert len(heard) == 1
    finally:
        holdings_added.disconnect(listen)


def test_a_failing_listener_undoes_the_import(alice) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("no")

    holdings_added.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            imported(alice, OPT)
    finally:
        holdings_added.disconnect(fail)
    assert binder(alice) == []


def test_statements_do_not_grow_with_the_rows(alice, bob) -> None:
    cards = [
        CardFactory(name=f"Card {n}", search_name=f"card {n}", set_code="m11", collector_number=str(n))
        for n in range(60)
    ]

    def statements(owner: User, count: int) -> int:
        rows = [f"1,0,{card.name},m11,{card.collector_number},Near Mint,English,," for card in cards[:count]]
        with CaptureQueriesContext(connection) as captured:
            imported(owner, *rows)
        return len(captured)

    assert statements(alice, 1) == statements(bob, 60) == 7  # savepoint and all
    assert statements(alice, 1) == statements(bob, 60) == 7
