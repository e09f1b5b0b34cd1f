"""Adding, changing and removing rows of one's own want list."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cards.errors import CardError
from cards.models import Card, Condition, Want
from cards.services.binder import MOST_ROWS_AT_ONCE
from cards.services.owners import card_faults, field_faults, lock_owner, not_found, refuse
from cards.signals import wants_added
from core.errors import Fault

MOST_WANTED = 999  # copies of one want, as its constraint says
_KEY = ("card_id", "oracle_id", "finish", "language", "least_condition")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWant:
    """A printing (`card_id`) or any printing of a card (`oracle_id`), one of the two."""

    card_id: int | None = None
    oracle_id: UUID | None = None
    quantity: int = 1
    least_condition: str = Condition.DMG
    finish: str = ""  # any
    language: str = ""  # any
    max_price: Decimal | None = None  # for a copy, in site currency
    accepts_gold_bordered: bool = False


def add_want(*, by: User, want: NewWant) -> Want:
    """Put a want on `by`'s list; one for the same thing grows instead, with the new price limit.

    CardError 400 `invalid` with faults ("/max_price").
    """
    return _add(by, [want], lambda _index: "")[0]


def add_wants_in_bulk(*, by: User, wants: Sequence[NewWant]) -> list[Want]:
    """Put up to 500 wants on `by`'s list, all or none; their rows come back in the order given.

    CardError 400 `invalid` names every bad one ("/3/quantity"), 413 `too_many_rows`.
    """
    if len(wants) > MOST_ROWS_AT_ONCE:
        raise CardError("too_many_rows", _("At most %s rows at once.") % MOST_ROWS_AT_ONCE, status=413)
    return _add(by, wants, lambda index: f"/{index}")


@transaction.atomic
def _add(by: User, wants: Sequence[NewWant], pointer: Callable[[int], str]) -> list[Want]:
    rows = [Want(owner=by, **asdict(want)) for want in wants]
    refuse(_faults(rows, pointer))
    merged: dict[tuple[Any, ...], Want] = {}
    for row in rows:
        if same := merged.get(_key_of(row)):
            row.quantity = min(row.quantity + same.quantity, MOST_WANTED)
        merged[_key_of(row)] = row
    lock_owner(by)
    ids = _put_on_list(list(merged.values()))
    wants_added.send(sender=Want, owner_id=by.pk, want_ids=sorted(ids))
    saved = {_key_of(want): want for want in Want.objects.select_related("card").filter(pk__in=ids)}
    return [saved[_key_of(row)] for row in rows]


def _key_of(want: Want) -> tuple[Any, ...]:
    return tuple(getattr(want, field) for field in _KEY)


_PUT_ON_LIST = """
    INSERT INTO cards_want AS w (owner_id, card_id, oracle_id, finish, language, least_condition,
        quantity, max_price, accepts_gold_bordered, created_at, updated_at)
    SELECT *, clock_timestamp(), clock_timestamp()
    FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[],
        %s::int[], %s::numeric[], %s::boolean[])
    ON CONFLICT (owner_id, card_id, oracle_id, finish, language, least_condition) DO UPDATE
    SET quantity = least(w.quantity + excluded.quantity, %s), max_price = excluded.max_price,
        accepts_gold_bordered = excluded.accepts_gold_bordered, updated_at = excluded.updated_at
    RETURNING id
"""
_COLUMNS = ("owner_id", *_KEY, "quantity", "max_price", "accepts_gold_bordered")


def _put_on_list(wants: Sequence[Want]) -> list[int]:
    if not wants:
        return []
    with connection.cursor() as cursor:
        columns = [[getattr(want, name) for want in wants] for name in _COLUMNS]
        cursor.execute(_PUT_ON_LIST, [*columns, MOST_WANTED])
        return [pk for (pk,) in cursor]


def _faults(rows: Sequence[Want], pointer: Callable[[int], str]) -> list[Fault]:
    cards = Card.objects.in_bulk({row.card_id for row in rows if row.card_id})
    asked = {row.oracle_id for row in rows if row.oracle_id}
    known = set(Card.objects.filter(oracle_id__in=asked).values_list("oracle_id", flat=True))
    return [
        fault
        for index, row in enumerate(rows)
        for fault in (
            *field_faults(row, pointer(index)),
            *_range_faults(row, pointer(index)),
            *_wish_faults(row, cards, known, pointer(index)),
        )
    ]


def _range_faults(row: Want, at: str) -> list[Fault]:
    if not 1 <= row.quantity <= MOST_WANTED:
        return [Fault(f"{at}/quantity", "out_of_range", _("Between 1 and %s.") % MOST_WANTED)]
    if row.max_price is not None and row.max_price <= 0:
        return [Fault(f"{at}/max_price", "out_of_range", _("More than zero, or leave it out."))]
    return []


def _wish_faults(
    row: Want, cards: Mapping[int, Card], known: Collection[UUID | None], at: str
) -> list[Fault]:
    if (row.card_id is None) == (row.oracle_id is None):
        return [Fault(f"{at}/card", "one_of_two", _("Name either a printing or, for any printing, a card."))]
    if row.card_id is not None:
        return card_faults(cards.get(row.card_id), row.finish, at)
    if row.oracle_id not in known:
        return [Fault(f"{at}/oracle_id", "does_not_exist", _("There is no such card."))]
    return []


@transaction.atomic
def change_want(*, by: User, want_id: int, changes: dict[str, Any]) -> Want:
    """Change a want of `by`: what it asks for, quantity, finish, language, least_condition, max_price, ….

    One that becomes the same as another swallows it. CardError 400 `invalid`, 404 `not_found`.
    """
    lock_owner(by)
    want = _own(by, want_id)
    for field, value in changes.items():
        setattr(want, field, value)
    refuse(_faults([want], lambda _index: ""))
    same = Want.objects.filter(owner=by, **{field: getattr(want, field) for field in _KEY})
    for other in same.exclude(pk=want.pk):
        want.quantity = min(want.quantity + other.quantity, MOST_WANTED)
        other.delete()
    want.save()
    wants_added.send(sender=Want, owner_id=by.pk, want_ids=[want.pk])
    return want


def _own(by: User, want_id: int) -> Want:
    want = Want.objects.select_related("card").filter(owner=by, pk=want_id).first()
    if want is None:
        raise not_found()
    return want


@transaction.atomic
def remove_want(*, by: User, want_id: int) -> None:
    """Take a want off `by`'s list. CardError 404 `not_found`."""
    lock_owner(by)
    _own(by, want_id).delete()
