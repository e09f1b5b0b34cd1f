"""Adding, changing and removing rows of one's own binder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cards.errors import CardError
from cards.models import Card, Condition, Finish, Holding, Language, Variant
from cards.rows import MOST_COPIES, Copies, RowKey, put_in
from cards.services.owners import card_faults, field_faults, lock_owner, not_found, refuse
from cards.signals import holdings_added
from core.errors import Fault

MOST_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHolding:
    """Copies to put into a binder: they join the row with the same card, finish, … and note."""

    card_id: int
    quantity: int = 1
    for_trade: int = 0
    finish: str = Finish.NONFOIL
    condition: str = Condition.NM
    language: str = Language.EN
    variant: str = Variant.NONE
    note: str = ""

    def key(self, owner_id: int) -> RowKey:
        return RowKey(
            owner_id, self.card_id, self.finish, self.condition, self.language, self.variant, self.note
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the rows that were added."""

    ids: list[int]  # the binder's rows, in the order of the rows given
    created: int
    updated: int


def add_holding(*, by: User, holding: NewHolding) -> Holding:
    """Put copies into `by`'s binder; their row comes back, with its card.

    CardError 400 `invalid` with faults ("/quantity"), 409 `row_full`.
    """
    added = _add(by, [holding], lambda _index: "")
    return Holding.objects.select_related("card").get(pk=added.ids[0])


def add_holdings_in_bulk(*, by: User, holdings: Sequence[NewHolding]) -> Added:
    """Put up to 500 lots of copies into `by`'s binder, all or none.

    CardError 400 `invalid` names every bad one ("/3/quantity"), 413 `too_many_rows`, 409 `row_full`.
    """
    if len(holdings) > MOST_ROWS_AT_ONCE:
        raise CardError("too_many_rows", _("At most %s rows at once.") % MOST_ROWS_AT_ONCE, status=413)
    return _add(by, holdings, lambda index: f"/{index}")


@transaction.atomic
def _add(by: User, holdings: Sequence[NewHolding], pointer: Callable[[int], str]) -> Added:
    cards = Card.objects.in_bulk({holding.card_id for holding in holdings})
    refuse(
        fault
        for index, holding in enumerate(holdings)
        for fault in _faults(holding, cards.get(holding.card_id), pointer(index))
    )
    rows: dict[RowKey, Copies] = {}
    for holding in holdings:
        before = rows.get(holding.key(by.pk), Copies(0))
        rows[holding.key(by.pk)] = Copies(
            before.quantity + holding.quantity, before.for_trade + holding.for_trade
        )
    lock_owner(by)
    put = put_in(rows)
    ids = [put[holding.key(by.pk)].id for holding in holdings]
    created = sum(row.created for row in put.values())
    holdings_added.send(sender=Holding, owner_id=by.pk, holding_ids=sorted({*ids}))
    return Added(ids, created, len(put) - created)


def _faults(holding: NewHolding, card: Card | None, at: str) -> list[Fault]:
    row = Holding(
        finish=holding.finish,
        condition=holding.condition,
        language=holding.language,
        variant=holding.variant,
        note=holding.note,
        quantity=holding.quantity,
        for_trade=holding.for_trade,
    )
    return [*field_faults(row, at), *_quantity_faults(row, at), *card_faults(card, holding.finish, at)]


def _quantity_faults(row: Holding, at: str) -> list[Fault]:
    if not 1 <= row.quantity <= MOST_COPIES:
        return [Fault(f"{at}/quantity", "out_of_range", _("Between 1 and %s.") % f"{MOST_COPIES:,}")]
    if not 0 <= row.for_trade <= row.quantity:
        detail = _("Between 0 and the quantity, %s.") % row.quantity
        return [Fault(f"{at}/for_trade", "out_of_range", detail)]
    return []


@transaction.atomic
def change_holding(*, by: User, holding_id: int, changes: dict[str, Any]) -> Holding:
    """Change a row of `by`'s binder: quantity, for_trade, finish, condition, language, variant, note.

    A row that becomes the same as another is merged into it: the row that comes back is then the
    other. CardError 400 `invalid`, 404 `not_found`, 409 `copies_reserved`, 409 `row_full`.
    """
    lock_owner(by)
    holding = _lock_own(by, holding_id)
    before, for_trade_before = _key_of(holding), holding.for_trade
    for field, value in changes.items():
        setattr(holding, field, value)
    refuse(
        [
            *field_faults(holding, ""),
            *_quantity_faults(holding, ""),
            *card_faults(holding.card, holding.finish, ""),
        ]
    )
    _refuse_reserved(holding, keeps_key=_key_of(holding) == before)
    if _key_of(holding) != before and _is_taken(_key_of(holding)):
        return _merge(holding)
    holding.save()
    if holding.for_trade > for_trade_before:
        holdings_added.send(sender=Holding, owner_id=by.pk, holding_ids=[holding.pk])
    return holding


def _lock_own(by: User, holding_id: int) -> Holding:
    rows = Holding.objects.of(by).select_related("card")
    holding = rows.select_for_update(of=("self",), no_key=True).filter(pk=holding_id).first()
    if holding is None:
        raise not_found()
    return holding


def _key_of(holding: Holding) -> RowKey:
    return RowKey(*(getattr(holding, field) for field in RowKey._fields))


def _is_taken(key: RowKey) -> bool:
    return Holding.objects.filter(**key._asdict()).exists()


def _refuse_reserved(holding: Holding, *, keeps_key: bool) -> None:
    """What an accepted trade has promised stays what it is until the trade is over."""
    if holding.reserved == 0 or (keeps_key and holding.reserved <= holding.for_trade):
        return
    detail = ngettext(
        "%(number)d copy is promised in an accepted trade.",
        "%(number)d copies are promised in accepted trades.",
        holding.reserved,
    ) % {"number": holding.reserved}
    raise CardError("copies_reserved", detail, faults=[Fault("/for_trade", "copies_reserved", detail)])


def _merge(holding: Holding) -> Holding:
    """Move the copies of a changed row into the row that already is what it became."""
    key = _key_of(holding)
    put = put_in({key: Copies(holding.quantity, holding.for_trade)})
    _empty(holding.pk)
    holdings_added.send(sender=Holding, owner_id=holding.owner_id, holding_ids=[put[key].id])
    return Holding.objects.select_related("card").get(pk=put[key].id)


def _empty(holding_id: int) -> None:
    Holding.objects.filter(pk=holding_id).update(quantity=0, for_trade=0, is_hidden=True, updated_at=Now())


@transaction.atomic
def remove_holding(*, by: User, holding_id: int) -> None:
    """Take a row out of `by`'s binder. CardError 404 `not_found`, 409 `copies_reserved`."""
    lock_owner(by)
    holding = _lock_own(by, holding_id)
    holding.for_trade = 0
    _refuse_reserved(holding, keeps_key=True)
    _empty(holding.pk)
