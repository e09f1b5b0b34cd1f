"""Which site wrote a table: told by its column names, which also say where each thing stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cards.imports import words
from cards.imports.words import Words


@dataclass(frozen=True, slots=True)
class Format:
    """`signatures`: a table with all columns of any one of them is this site's."""

    name: str
    label: str
    words: Words
    signatures: tuple[frozenset[str], ...]


def _columns(*names: str) -> frozenset[str]:
    return frozenset(names)


# The first that fits: Deckbox's columns are also those of Moxfield, but for the number's.
FORMATS = (
    Format(
        "tradepost",
        "Tradepost",
        words.TRADEPOST,
        (_columns("for trade", "variant", "note"), _columns("least condition", "max price")),
    ),
    Format("deckbox", "Deckbox", words.DECKBOX, (_columns("count", "name", "edition", "card number"),)),
    Format("moxfield", "Moxfield", words.MOXFIELD, (_columns("count", "name", "edition"),)),
    Format(
        "manabox",
        "ManaBox",
        words.MANABOX,
        (_columns("manabox id"), _columns("name", "purchase price currency")),
    ),
    Format("archidekt", "Archidekt", words.ARCHIDEKT, (_columns("quantity", "name", "edition code"),)),
    Format(
        "dragonshield",
        "Dragon Shield",
        words.DRAGON_SHIELD,
        (_columns("quantity", "card name", "printing"),),
    ),
    Format("tcgplayer", "TCGplayer", words.TCGPLAYER, (_columns("quantity", "name", "printing"),)),
)
ANY_TABLE = Format("csv", "CSV", words.ANY, ())
PASTED_TEXT = "text"

# Our field → the names of its column at any site, in order of trust. Names are lower case, with
# spaces; what a site calls "edition" or "set" may be a code or a name, so both are kept.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "quantity": ("quantity", "count", "qty", "amount"),
    "for_trade": ("for trade", "tradelist count", "trade quantity", "trade list count", "tradelist"),
    "name": ("name", "card name", "card"),
    "simple_name": ("simple name",),
    "set_code": ("set code", "edition code"),
    "set": ("edition", "set"),
    "set_name": ("set name", "edition name"),
    "number": ("collector number", "card number", "number", "collector #"),
    "scryfall_id": ("scryfall id",),
    "oracle_id": ("oracle id",),
    "finish": ("finish", "foil", "printing"),
    "condition": ("condition", "least condition"),
    "language": ("language", "lang"),
    "signed": ("signed",),
    "altered": ("altered", "altered art", "alter"),
    "misprint": ("misprint",),
    "artist_proof": ("artist proof",),
    "proxy": ("proxy",),
    "variant": ("variant",),
    "note": ("note",),
    "list_of": ("printing note",),  # The List at Deckbox: the set that a reprint imitates
    "max_price": ("max price",),
    "accepts_gold_bordered": ("gold-bordered",),
}
_FIELD_OF = {name: field for field, names in FIELDS.items() for name in names}


def column_name(cell: str) -> str:
    return " ".join(cell.replace("_", " ").split()).casefold()


def fields_of(header: Sequence[str]) -> dict[str, int]:
    """Where each of our fields stands in a table with this header; the better name wins."""
    places: dict[str, int] = {}
    names = [column_name(cell) for cell in header]
    for field, aliases in FIELDS.items():
        for alias in aliases:
            if alias in names:
                places[field] = names.index(alias)
                break
    return places


def unused_columns(header: Sequence[str]) -> list[str]:
    """The columns that have no place in a binder, as the file writes them."""
    return [cell.strip() for cell in header if cell.strip() and column_name(cell) not in _FIELD_OF]


def format_of(header: Sequence[str]) -> Format | None:
    """The site whose table this is; `ANY_TABLE` if it at least names cards, None if it is no header."""
    names = {column_name(cell) for cell in header}
    for known in FORMATS:
        if any(signature <= names for signature in known.signatures):
            return known
    fields = fields_of(header)
    says_card = "scryfall_id" in fields or ("name" in fields and len(fields) > 1)
    return ANY_TABLE if says_card else None
