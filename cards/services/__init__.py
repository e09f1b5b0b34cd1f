"""The verbs of binders and want lists; trades reach into binders by `cards.custody`.

Each verb locks the owner's row first, as trades do: one trader's lists have one writer at a time,
so rows can be merged and revived without a deadlock.
"""

from cards.services.binder import (
    MOST_ROWS_AT_ONCE,
    Added,
    NewHolding,
    add_holding,
    add_holdings_in_bulk,
    change_holding,
    remove_holding,
)
from cards.services.wants import MOST_WANTED, NewWant, add_want, add_wants_in_bulk, change_want, remove_want

__all__ = [
    "MOST_ROWS_AT_ONCE",
    "MOST_WANTED",
    "Added",
    "NewHolding",
    "NewWant",
    "add_holding",
    "add_holdings_in_bulk",
    "add_want",
    "add_wants_in_bulk",
    "change_holding",
    "change_want",
    "remove_holding",
    "remove_want",
]
