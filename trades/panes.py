"""A trader's binder beside the table: what is free for trade, first what the other side wants."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from cards.models import CurrentPrice, Holding, Want
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
    """One page of what `owner` could give `receiver`; `typed` as in the search for cards. One query."""
    rows = _searched(_rows(owner, receiver), typed)
    start = (number - 1) * PANE_SIZE
    found = list(rows.order_by(*_BEST_FIRST)[start : start + PANE_SIZE + 1])
    return Pane(owner, typed, number, [_tile(row) for row in found[:PANE_SIZE]], len(found) > PANE_SIZE)


def read_tiles(*, owner: User, receiver: User, holding_ids: Collection[int]) -> list[Tile]:
    """The tiles of single rows, wherever in the binder they are. One query."""
    return [_tile(row) for row in _rows(owner, receiver).filter(pk__in=holding_ids)]


_BEST_FIRST = (
    F("is_wanted").desc(),
    F("price").desc(nulls_last=True),
    F("card__search_name"),
    F("pk"),
)


def _rows(owner: User, receiver: User) -> QuerySet[Holding]:
    price = CurrentPrice.objects.filter(card=OuterRef("card"), finish=OuterRef("finish"))
    printing = Q(card=OuterRef("card")) | Q(oracle_id=OuterRef("card__oracle_id"))
    accepts = Q(finish__in=["", OuterRef("finish")], language__in=["", OuterRef("language")])
    wants = Want.objects.filter(printing, accepts, owner=receiver)
    rows = Holding.objects.of(owner).for_trade().select_related("card")
    return rows.annotate(price=Subquery(price.values("price")[:1]), is_wanted=Exists(wants))


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


def _tile(row: Holding) -> Tile:
    price = row.price  # type: ignore[attr-defined]  # annotated
    value = None if price is None else value_of_copy(price, row.condition)
    return Tile(row, value, row.is_wanted)  # type: ignore[attr-defined]  # annotated
