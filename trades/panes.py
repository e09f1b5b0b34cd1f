"""A trader's binder beside the table: what is free for trade, first what the other side wants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import BooleanField, ExpressionWrapper, F, FilteredRelation, Q, QuerySet

from accounts.models import User
from cards.fulfilment import fulfils
from cards.models import Holding, Want
from cards.search import parse_query
from cards.values import value_of_copy

PANE_SIZE = 12


@dataclass(frozen=True, slots=True)
class Tile:
    """A row of a binder that can be put on the table; `value` of one copy in site currency."""

    holding: Holding
    value: Decimal | None
    is_wanted: bool  # the other side looks for it


@dataclass(frozen=True, slots=True)
class Pane:
    owner: User
    typed: str
    number: int  # of the page, from 1
    tiles: list[Tile]
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def holding_ids(self) -> set[int]:
        return {tile.holding.pk for tile in self.tiles}


def read_pane(*, owner: User, receiver: User, typed: str = "", number: int = 1) -> Pane:
    """One page of what `owner` could give `receiver`; `typed` as in the search for cards. Two queries."""
    rows = _searched(_rows(owner, receiver), typed)
    start = (number - 1) * PANE_SIZE
    found = list(rows.order_by(*_BEST_FIRST)[start : start + PANE_SIZE + 1])
    return Pane(owner, typed, number, _tiles(found[:PANE_SIZE], receiver), len(found) > PANE_SIZE)


def read_tiles(*, owner: User, receiver: User, holding_ids: Collection[int]) -> list[Tile]:
    """The tiles of single rows, wherever in the binder they are. Two queries."""
    return _tiles(list(_rows(owner, receiver).filter(pk__in=holding_ids)), receiver)


_BEST_FIRST = (
    F("may_be_wanted").desc(),
    F("price").desc(nulls_last=True),
    F("card__search_name"),
    F("pk"),
)


def _rows(owner: User, receiver: User) -> QuerySet[Holding]:
    """With today's price, and whether any printing of the card is on the receiver's list.

    Joined and hashed, never looked up row by row: a binder may have 5,000 of them.
    """
    wants = Want.objects.filter(owner=receiver)
    printings = wants.filter(card__isnull=False).values("card_id")
    cards = wants.filter(oracle_id__isnull=False).values("oracle_id")
    is_listed = Q(card_id__in=printings) | Q(card__oracle_id__in=cards)
    own_finish = Q(card__current_prices__finish=F("finish"))
    return (
        Holding.objects.of(owner)
        .for_trade()
        .select_related("card")
        .alias(quote=FilteredRelation("card__current_prices", condition=own_finish))
        .annotate(
            price=F("quote__price"),
            may_be_wanted=ExpressionWrapper(is_listed, output_field=BooleanField()),
        )
    )


def _searched(rows: QuerySet[Holding], typed: str) -> QuerySet[Holding]:
    query = parse_query(typed)
    conditions = {
        "card__set_code": query.set_code,
        "card__collector_number__iexact": query.number,
        "card__rarity": query.rarity,
    }
    for word in query.name.split():
        rows = rows.filter(card__search_name__contains=word)
    return rows.filter(**{name: value for name, value in conditions.items() if value})


def _tiles(rows: list[Holding], receiver: User) -> list[Tile]:
    """Which of them are really wanted, in that finish, language and condition, is asked for these few."""
    printing = Q(card__in=[row.card_id for row in rows]) | Q(
        oracle_id__in={row.card.oracle_id for row in rows} - {None}
    )
    wants = list(Want.objects.filter(printing, owner=receiver)) if rows else []
    return [_tile(row, wants) for row in rows]


def _tile(row: Holding, wants: list[Want]) -> Tile:
    price = row.price  # type: ignore[attr-defined]  # annotated
    value = None if price is None else value_of_copy(price, row.condition)
    return Tile(row, value, any(fulfils(row, want) for want in wants))
