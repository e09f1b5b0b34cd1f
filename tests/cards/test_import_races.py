"""Two things at once with one binder: two imports, and an import while copies are promised."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from cards.catalogue import import_catalogue
from cards.custody import lock_holdings, reserve
from cards.imports import apply_import, binder, plan_import
from cards.models import Card, Holding
from cards.services.owners import lock_owner
from tests.cards.bulk import as_lines, card_row, opened
from tests.factories import CardFactory, HoldingFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or raised; they start together, each in a thread of its own."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


@pytest.fixture
def opt() -> Card:
    card: Card = CardFactory(name="Opt", search_name="opt")
    return card


@pytest.mark.parametrize("locks", [True, False], ids=["locked", "control"])
def test_two_imports_at_once_lose_no_copy(locks, alice, opt, race_rounds, monkeypatch) -> None:
    """Both add 4 to a row of 1; without the locks both read 1 and write 5."""
    if not locks:
        without_locks(monkeypatch)
    for _ in range(race_rounds):
        Holding.objects.all().delete()
        row = HoldingFactory(owner=alice, card=opt, quantity=1, for_trade=0)
        plans = [plan_import(owner=alice, content="4 Opt") for _ in range(2)]
        done = at_once(*[lambda plan=plan: apply_import(plan=plan).errors for plan in plans])
        assert done == [[], []]
        row.refresh_from_db()
        assert row.quantity == (9 if locks else 5)


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock is taken, and both have read before either writes."""
    read, met = binder._standing, Barrier(2)

    def read_and_wait(plan: Any, *, lock: bool) -> Any:
        rows = read(plan, lock=False)
        if lock:
            met.wait()
        return rows

    def read_plainly(rows: QuerySet[Any], **options: Any) -> QuerySet[Any]:
        return rows

    monkeypatch.setattr(binder, "lock_owner", lambda _owner: None)
    monkeypatch.setattr(binder, "_standing", read_and_wait)
    monkeypatch.setattr(QuerySet, "select_for_update", read_plainly)


def test_replacing_a_binder_while_a_copy_is_promised(alice, opt, race_rounds) -> None:
    """Either the import was first and there is nothing left to promise, or the copy stays."""
    CardFactory(name="Shock", search_name="shock")
    for _ in range(race_rounds):
        Holding.objects.all().delete()
        row = HoldingFactory(owner=alice, card=opt, quantity=1)
        plan = plan_import(owner=alice, content="1 Shock", mode="replace")

        def promise(pk: int = row.pk) -> bool:
            with transaction.atomic():
                lock_owner(alice)
                is_free = lock_holdings([pk])[pk].free > 0
                if is_free:
                    reserve({pk: 1})
            return is_free

        promised, errors = at_once(promise, lambda plan=plan: apply_import(plan=plan).errors)
        row.refresh_from_db()
        assert (row.quantity, row.reserved) == ((1, 1) if promised else (0, 0))
        assert [error.code for error in errors] == (["copies_reserved"] if promised else [])


def test_two_imports_of_the_catalogue_at_once_take_turns(race_rounds) -> None:
    rows = [card_row(number, prices={"usd": "1.00"}) for number in range(1, 200)]
    for _ in range(race_rounds):
        contents = [as_lines(rows), as_lines(rows[::-1])]
        reports = at_once(
            *[
                lambda content=content: import_catalogue(file=opened(content), day=date(2026, 5, 15))
                for content in contents
            ]
        )
        assert sum(report.created + report.unchanged for report in reports) == 398
        assert Card.objects.count() == 199
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE cards_card CASCADE")
