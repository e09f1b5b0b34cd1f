"""Putting copies into binders: the one statement behind adding, importing and receiving."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from cards.errors import CardError

MOST_COPIES = 99_999  # of one row, as its constraint says


class RowKey(NamedTuple):
    """What makes two rows of a binder the same row, in the order in which rows are locked."""

    owner_id: int
    card_id: int
    finish: str
    condition: str
    language: str
    variant: str
    note: str


class Copies(NamedTuple):
    quantity: int
    for_trade: int = 0


class PutRow(NamedTuple):
    id: int
    created: bool  # False: the row was there, perhaps hidden


_PUT_IN = """
    INSERT INTO cards_holding AS h (owner_id, card_id, finish, condition, language, variant, note,
        quantity, for_trade, reserved, is_hidden, created_at, updated_at)
    SELECT *, 0, false, clock_timestamp(), clock_timestamp()
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::int[], %s::int[])
    ON CONFLICT (owner_id, card_id, finish, condition, language, variant, note) DO UPDATE
    SET quantity = h.quantity + excluded.quantity, for_trade = h.for_trade + excluded.for_trade,
        is_hidden = false, updated_at = excluded.updated_at
    RETURNING owner_id, card_id, finish, condition, language, variant, note, id, xmax = 0
"""


def put_in(rows: Mapping[RowKey, Copies]) -> dict[RowKey, PutRow]:
    """Add copies to each row, in lock order; one that is missing or hidden appears.

    The owners' rows are locked by the caller. Raises CardError `row_full` (409).
    """
    columns = zip(*sorted((*key, *copies) for key, copies in rows.items()), strict=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute(_PUT_IN, [list(column) for column in columns])
            return {RowKey(*key): PutRow(pk, created) for *key, pk, created in cursor}
    except IntegrityError as error:
        if "holding_quantity_bounds" not in str(error):
            raise
        most = f"{MOST_COPIES:,}"
        raise CardError("row_full", _("A row of a binder holds at most %s copies.") % most) from error
