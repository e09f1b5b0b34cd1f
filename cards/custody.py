"""Copies that trades lay their hands on: reserved, released, handed over.

Called by trades inside its own transaction, with both traders' rows already locked. Each verb
costs the same few statements whatever the number of lines.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from cards.fulfilment import fulfils
from cards.models import Holding, Want
from cards.rows import Copies, RowKey, put_in


@dataclass(frozen=True, slots=True)
class Move:
    """`quantity` reserved copies of a holding that go to another trader's binder."""

    holding_id: int
    quantity: int
    receiver_id: int


def lock_holdings(ids: Collection[int], *, with_cards: bool = False) -> dict[int, Holding]:
    """The rows by id, locked until the transaction ends; unknown ids are left out.

    NO KEY UPDATE: it keeps out everyone who writes the row, but not the key-share lock that a new
    trade line takes on it through its foreign key.
    """
    locked = Holding.objects.filter(pk__in=ids).in_lock_order().select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in (locked.select_related("card") if with_cards else locked)}


def reserve(quantities: Mapping[int, int]) -> None:
    """Promise copies of each holding id. The rows are locked and the caller has checked `free`."""
    _add("reserved = h.reserved + change.copies", quantities)


def release(quantities: Mapping[int, int]) -> None:
    """Take the promise back. The rows are locked and so many copies are reserved."""
    _add("reserved = h.reserved - change.copies", quantities)


@transaction.atomic(savepoint=False)
def hand_over(moves: Sequence[Move]) -> None:
    """Move reserved copies into the receivers' binders, not for trade, and tick off their wants.

    A received row has the same card, finish, condition, language and variant, and no note.
    Raises CardError `row_full` (409) when a receiver's row cannot hold so many.
    """
    if not moves:
        return
    given = lock_holdings({move.holding_id for move in moves}, with_cards=True)
    received: Counter[RowKey] = Counter()
    for move in moves:
        received[_received_key(given[move.holding_id], move.receiver_id)] += move.quantity
    _take_out(moves)
    put_in({key: Copies(quantity) for key, quantity in received.items()})
    _tick_off_wants([(given[m.holding_id], m.receiver_id, m.quantity) for m in moves])


def _received_key(holding: Holding, receiver_id: int) -> RowKey:
    return RowKey(
        receiver_id,
        holding.card_id,
        holding.finish,
        holding.condition,
        holding.language,
        holding.variant,
        "",
    )


def _take_out(moves: Sequence[Move]) -> None:
    quantities: Counter[int] = Counter()
    for move in moves:
        quantities[move.holding_id] += move.quantity
    _add(
        "quantity = h.quantity - change.copies, for_trade = h.for_trade - change.copies,"
        " reserved = h.reserved - change.copies, is_hidden = h.quantity = change.copies",
        quantities,
    )


def _add(assignments: str, quantities: Mapping[int, int]) -> None:
    """Apply `assignments` to each holding, with its number of copies as `change.copies`."""
    statement = f"""
        UPDATE cards_holding h SET {assignments}, updated_at = clock_timestamp()
        FROM unnest(%s::bigint[], %s::int[]) AS change(id, copies) WHERE h.id = change.id
    """  # noqa: S608  (the assignments are the three constants above)
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(quantities), list(quantities.values())])


def _tick_off_wants(lines: Sequence[tuple[Holding, int, int]]) -> None:
    """Count (holding, receiver id, copies) off the wants: the printing's own before "any printing"."""
    wants = _wants_for(lines)
    left: dict[int, int] = {}
    for holding, receiver_id, copies in lines:
        for want in wants[receiver_id, holding.card_id] + wants[receiver_id, holding.card.oracle_id]:
            ticked = min(copies, left.get(want.pk, want.quantity)) if fulfils(holding, want) else 0
            if ticked:
                left[want.pk] = left.get(want.pk, want.quantity) - ticked
                copies -= ticked
    _save_wants(left)


def _wants_for(lines: Sequence[tuple[Holding, int, int]]) -> dict[tuple[int, object], list[Want]]:
    """The receivers' wants, locked, by receiver and by what they ask for: a card id or an oracle id."""
    cards = [holding.card for holding, _receiver, _copies in lines]
    asked = Q(card__in=cards) | Q(oracle_id__in={card.oracle_id for card in cards if card.oracle_id})
    wants = Want.objects.filter(asked, owner__in={receiver for _holding, receiver, _copies in lines})
    by_wish: defaultdict[tuple[int, object], list[Want]] = defaultdict(list)
    for want in wants.order_by("owner_id", "id").select_for_update(no_key=True):
        by_wish[want.owner_id, want.card_id or want.oracle_id].append(want)
    return by_wish


def _save_wants(left: Mapping[int, int]) -> None:
    """Delete the wants of which nothing is left, set the others to what is."""
    if not left:
        return
    Want.objects.filter(pk__in=[pk for pk, copies in left.items() if not copies]).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cards_want w SET quantity = left_over.copies, updated_at = clock_timestamp()"
            " FROM unnest(%s::bigint[], %s::int[]) AS left_over(id, copies)"
            " WHERE w.id = left_over.id AND left_over.copies > 0",
            [list(left), list(left.values())],
        )
