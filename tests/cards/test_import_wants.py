"""Importing a want list from the same files and pastes."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from cards.errors import CardError
from cards.imports import apply_wants_import, plan_wants_import
from cards.models import Card, Want
from cards.signals import wants_added
from tests.cards.bulk import sheet
from tests.factories import CardFactory

pytestmark = pytest.mark.django_db
HEADER = "Count,Tradelist Count,Name,Edition,Collector Number,Condition,Language,Foil"


@pytest.fixture(autouse=True)
def opt() -> Card:
    card: Card = CardFactory(name="Opt", search_name="opt", set_code="dom", collector_number="60")
    return card


@pytest.fixture(autouse=True)
def shock() -> Card:
    card: Card = CardFactory(
        name="Shock", search_name="shock", set_code="m19", collector_number="156", oracle_id=None
    )
    return card


def imported(owner: User, content: str, **options: Any) -> dict[str, Any]:
    return apply_wants_import(plan=plan_wants_import(owner=owner, content=content, **options)).answer()


def wants(owner: User) -> list[tuple[Any, ...]]:
    rows = Want.objects.filter(owner=owner).order_by("id")
    return list(rows.values_list("card", "oracle_id", "quantity", "finish", "language", "least_condition"))


def test_a_bare_name_wants_any_printing_and_a_printing_wants_itself(alice, opt, shock) -> None:
    assert imported(alice, "4 Opt\n1 Opt (DOM) 60\n1 Shock")["created"] == 3
    assert wants(alice) == [
        (None, opt.oracle_id, 4, "", "", "DMG"),
        (opt.pk, None, 1, "", "", "DMG"),
        (shock.pk, None, 1, "", "", "DMG"),  # no oracle id: only itself
    ]


def test_any_printing_of_everything_may_be_wanted(alice, opt) -> None:
    imported(alice, "1 Opt (DOM) 60", printing="any")
    assert wants(alice) == [(None, opt.oracle_id, 1, "", "", "DMG")]


def test_a_sites_row_says_finish_condition_and_language_but_not_foil_is_no_wish(alice, opt) -> None:
    imported(alice, sheet(HEADER, "2,0,Opt,dom,60,Played,German,foil", "1,0,Opt,dom,60,,,"))
    assert wants(alice) == [(opt.pk, None, 2, "foil", "de", "MP"), (opt.pk, None, 1, "", "", "DMG")]


def test_add_adds_up_to_the_most_and_replace_takes_the_rest_out(alice, opt) -> None:
    imported(alice, "600 Opt\n1 Shock")
    assert imported(alice, "600 Opt")["updated"] == 1
    assert [row[2] for row in wants(alice)] == [999, 1]
    answer = imported(alice, "2 Opt", mode="replace")
    assert (answer["created"], answer["updated"], answer["removed"]) == (0, 1, 1)
    assert wants(alice) == [(None, opt.oracle_id, 2, "", "", "DMG")]
    answer = imported(alice, "2 Opt", mode="replace")
    assert (answer["created"], answer["updated"], answer["removed"]) == (0, 0, 0)


def test_another_sites_file_leaves_price_limits_as_they_are(alice, opt) -> None:
    imported(alice, "1 Opt")
    Want.objects.update(max_price=Decimal("2.50"), accepts_gold_bordered=True)
    imported(alice, "3 Opt", mode="replace")
    want = Want.objects.get()
    assert (want.quantity, want.max_price, want.accepts_gold_bordered) == (3, Decimal("2.50"), True)


def test_bad_rows_are_reported_and_keep_replace_from_taking_out(alice, opt) -> None:
    imported(alice, "1 Shock")
    answer = imported(alice, "1000 Opt\n1 Nope\n2 Opt", mode="replace")
    assert [(error["line"], error["code"]) for error in answer["errors"]] == [
        (0, "nothing_removed"),
        (1, "quantity_invalid"),
        (2, "card_unknown"),
    ]
    assert len(wants(alice)) == 2
    with pytest.raises(CardError, match="rows_refused"):
        apply_wants_import(plan=plan_wants_import(owner=alice, content="1 Nope\n1 Opt"), strict=True)


def test_the_plan_writes_nothing_and_nobody_elses_list_is_touched(alice, bob) -> None:
    imported(bob, "1 Opt")
    planned = plan_wants_import(owner=alice, content="1 Opt\n1 Shock", mode="replace")
    assert [change.outcome for change in planned.changes] == ["created", "created"]
    assert wants(alice) == []
    apply_wants_import(plan=planned)
    assert len(wants(bob)) == 1


def test_one_signal_tells_of_what_is_wanted_more(alice, opt) -> None:
    heard: list[Any] = []

    def listen(sender: Any, owner_id: int, want_ids: list[int], **kwargs: Any) -> None:
        heard.append((owner_id, want_ids))

    wants_added.connect(listen)
    try:
        imported(alice, "1 Opt\n1 Shock")
        imported(alice, "1 Opt\n2 Shock", mode="replace")
        imported(alice, "1 Opt\n2 Shock", mode="replace")
    finally:
        wants_added.disconnect(listen)
    first, second = sorted(Want.objects.values_list("id", flat=True))
    assert heard == [(alice.pk, [first, second]), (alice.pk, [second])]
