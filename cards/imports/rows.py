"""What a file says, row by row, before anyone asks which card is meant."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from cards.printings import RefusedRow

# NUL would stop PostgreSQL, the others nobody typed; line ends and tabs may stand in a note.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was left out. `line` counts from 1; 0 is the file as a whole."""

    line: int
    code: str
    detail: str


def refuse_unprintable(text: str) -> None:
    if _UNPRINTABLE.search(text):
        raise RefusedRow("control_character", _("The row holds a character that cannot be printed."))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """One row in our words. None: the row does not say."""

    line: int
    quantity: int
    for_trade: int | None = None
    names: tuple[str, ...] = ()  # any of them may be the card's
    literal: str = ""  # the name, if what looked like "(SET) number" belongs to it
    sets: tuple[str, ...] = ()  # codes or names, as sites write either
    number: str = ""
    scryfall_id: str = ""
    oracle_id: str = ""
    finish: str | None = None
    condition: str | None = None
    language: str | None = None
    variant: str = "none"
    note: str = ""
    max_price: Decimal | None = None
    accepts_gold_bordered: bool = False


@dataclass(slots=True)
class ReadFile:
    """All that could be read of a file; rows that say nothing are in neither list."""

    format: str
    rows: list[ReadRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    has_trade_column: bool = False
    unused_columns: list[str] = field(default_factory=list)  # named by the file, no place here
