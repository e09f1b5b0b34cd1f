"""Which printing a row means: by id, else by set and number, else by name and set, else by name."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from cards.fulfilment import GOLD_BORDERED_SETS
from cards.imports.rows import ReadRow
from cards.models import Card, Finish, Language
from cards.names import front_face, search_name
from cards.printings import RefusedRow

# Other sites' codes and (folded) names of sets, for Scryfall's.
_SET_CODES = {"plist": "plst", "dar": "dom", "conf": "con"}
_SET_NAMES = {
    "secret lair drop series": "secret lair drop",
    "ultimate masters box toppers": "ultimate box topper",
    "ravnica allegiance guild kit": "rna guild kit",
    "guilds of ravnica guild kit": "grn guild kit",
    "mystery booster playtest cards": "mystery booster playtest cards 2019",
}
_REMARK = re.compile(r"\s*\([^()]*\)$")  # TCGplayer: "Orcish Bowmasters (Borderless)"
_TOKEN = re.compile(r"\s+token$", re.IGNORECASE)  # Dragon Shield: "Clue Token"
_MOST_LISTED = 6

_NUMBERED = """
    SELECT card.* FROM cards_card card
    JOIN unnest(%s::text[], %s::text[]) AS asked (set_code, number)
      ON card.set_code = asked.set_code AND card.collector_number = asked.number
"""


@dataclass(frozen=True, slots=True)
class Meant:
    """The printing and finish of a row; `guessed` where the row left several open."""

    card: Card
    finish: str
    guessed: bool = False


class Printings:
    """The printings that these rows may mean, read in at most five queries however many rows."""

    def __init__(self, rows: Sequence[ReadRow]) -> None:
        asked_ids = {row.scryfall_id for row in rows if row.scryfall_id}
        self._by_id = {str(card.scryfall_id): card for card in Card.objects.filter(scryfall_id__in=asked_ids)}
        rows = [row for row in rows if row.scryfall_id not in self._by_id]
        self._by_number: defaultdict[tuple[str, str], list[Card]] = defaultdict(list)
        for card in _with_numbers(rows):
            self._by_number[card.set_code, card.collector_number].append(card)
        rows = [row for row in rows if not self._numbered(row)]
        self._by_name: defaultdict[str, list[Card]] = defaultdict(list)
        for spelling, card in _with_names(rows):
            self._by_name[spelling].append(card)
        self._answers: dict[Hashable, Meant | RefusedRow] = {}

    def meant_by(self, row: ReadRow) -> Meant:
        """Raises RefusedRow `card_unknown`, `printing_unknown`, `card_ambiguous`, `no_such_finish`."""
        asked = (row.scryfall_id, row.names, row.literal, row.sets, row.number, row.finish, row.language)
        if asked not in self._answers:  # a list of all Plains asks the same 700 times
            self._answers[asked] = self._look_up(row)
        answer = self._answers[asked]
        if isinstance(answer, RefusedRow):
            raise answer.with_traceback(None)
        return answer

    def _look_up(self, row: ReadRow) -> Meant | RefusedRow:
        try:
            return self._find(row)
        except RefusedRow as refusal:
            return refusal

    def _find(self, row: ReadRow) -> Meant:
        if card := self._by_id.get(row.scryfall_id):
            return Meant(card, _finish(card, row))
        if numbered := self._numbered(row):
            return _closest(numbered, row)
        named = next((cards for name in row.names if (cards := self._named(name))), [])
        found = [card for card in named if not row.sets or _is_in_set(card, row)]
        if not found and row.literal and self._named(row.literal):
            return self._find(replace(row, names=(row.literal,), literal="", sets=(), number=""))
        if not found:
            raise _unknown(row, named)
        alike = _alike_numbered(found, row)
        meant = _closest(alike, row)
        return replace(meant, guessed=True) if row.number and not _is_numbered(meant.card, row) else meant

    def _numbered(self, row: ReadRow) -> list[Card]:
        pairs = [(code, number) for code in _codes(row) for number in _numbers(row)]
        return [card for pair in pairs for card in self._by_number.get(pair, ()) if _is_called(card, row)]

    def _named(self, name: str) -> list[Card]:
        spelled = (self._by_name.get(spelling, []) for spelling in spellings(name))
        return next((cards for cards in spelled if cards), [])


@lru_cache(maxsize=1_000)
def spellings(name: str) -> tuple[str, ...]:
    """All that a site may mean by `name`, folded: without a remark, "Token", or the second face."""
    plain = _TOKEN.sub("", _REMARK.sub("", name)) or name
    return tuple(
        dict.fromkeys(search_name(spelled) for spelled in (name, plain, front_face(plain)) if spelled)
    )


@lru_cache(maxsize=1_000)
def _names_of(name: str, folded: str) -> frozenset[str]:
    return frozenset([folded, search_name(front_face(name))])


def _is_called(card: Card, row: ReadRow) -> bool:
    if not row.names or card.name in row.names:
        return True
    names = _names_of(card.name, card.search_name)
    return any(not names.isdisjoint(spellings(name)) for name in row.names)


def _codes(row: ReadRow) -> list[str]:
    return [_SET_CODES.get(code, code) for said in row.sets if (code := said.casefold())]


def _numbers(row: ReadRow) -> list[str]:
    number = row.number
    spelled = (number, number.lower(), number.upper(), number.lstrip("0"))
    return list(dict.fromkeys(one for one in spelled if one))


def _is_in_set(card: Card, row: ReadRow) -> bool:
    if card.set_code in _codes(row):
        return True
    known = search_name(card.set_name)
    return any(f" {asked}".endswith(f" {known}") for said in row.sets for asked in _set_names(said))


@lru_cache(maxsize=1_000)
def _set_names(said: str) -> tuple[str, ...]:
    """Deckbox files tokens under "Extras: …"; a longer name ends with Scryfall's shorter one."""
    folded = search_name(said)
    if folded.startswith("extras "):
        return (f"{folded.removeprefix('extras ')} tokens",)
    return (_SET_NAMES.get(folded, folded),)


def _with_numbers(rows: Iterable[ReadRow]) -> Iterator[Card]:
    pairs = sorted({(code, number) for row in rows for code in _codes(row) for number in _numbers(row)})
    if not pairs:
        return iter(())
    return iter(Card.objects.raw(_NUMBERED, [list(column) for column in zip(*pairs, strict=True)]))


def _with_names(rows: Iterable[ReadRow]) -> Iterator[tuple[str, Card]]:
    """Each printing by the name that was asked for: the whole one, or else that of its front face."""
    names = {name for row in rows for name in (*row.names, row.literal) if name}
    asked = {spelling for name in names for spelling in spellings(name)}
    if not asked:
        return
    found = set()
    for card in Card.objects.filter(search_name__in=asked):
        found.add(card.search_name)
        yield card.search_name, card
    fronts = _double_faced(asked - found)
    for card in Card.objects.filter(search_name__in=fronts) if fronts else ():
        yield fronts[card.search_name], card


def _double_faced(asked: set[str]) -> dict[str, str]:
    """The cards with two faces whose front was asked for: whole name → front, both folded.

    Not those with the same name on both: they are pictures of the card, or printings of it that
    are found by set and number.
    """
    two_faced = Card.objects.filter(name__contains=" // ").values_list("search_name", "name").distinct()
    fronts = {}
    for folded, name in two_faced if asked else ():
        front, _slashes, back = name.partition(" // ")
        if front != back and search_name(front) in asked:
            fronts[folded] = search_name(front)
    return fronts


def _alike_numbered(cards: list[Card], row: ReadRow) -> list[Card]:
    """Those with the row's number, or at least its digits: Deckbox writes 8 for U8."""
    if not row.number:
        return cards
    exact = [card for card in cards if _is_numbered(card, row)]
    alike = exact or [card for card in cards if _digits(card.collector_number) == _digits(row.number)]
    if alike or len(cards) == 1:
        return alike or cards
    raise _unknown(row, cards)


def _is_numbered(card: Card, row: ReadRow) -> bool:
    return card.collector_number.casefold() == row.number.casefold()


def _digits(number: str) -> str:
    return re.sub(r"[^0-9]", "", number).lstrip("0")


def _closest(cards: list[Card], row: ReadRow) -> Meant:
    """The one printing, or the likeliest of them."""
    if len({card.oracle_id or card.pk for card in cards}) > 1:
        detail = _("Several cards are called so: %s. Say which by set and number.")
        raise RefusedRow("card_ambiguous", detail % _listed(cards))
    card = min(cards, key=lambda card: _strangeness(card, row))
    return Meant(card, _finish(card, row), guessed=len(cards) > 1)


def _strangeness(card: Card, row: ReadRow) -> tuple[bool, bool, bool, bool, int, str, int, str]:
    """Smaller is likelier: the finish and language asked for, no promo, the newest, the first number."""
    return (
        (row.finish or Finish.NONFOIL) not in card.finishes,
        (row.language or Language.EN) not in card.languages,
        card.set_code in GOLD_BORDERED_SETS,
        len(card.set_code) != 3,  # Scryfall gives promos, tokens and the like four letters or more
        -(card.released_at or date.min).toordinal(),
        card.set_code,
        int(_digits(card.collector_number)[:9] or 0),
        card.collector_number,
    )


def _finish(card: Card, row: ReadRow) -> str:
    if row.finish is None:
        return Finish.NONFOIL if Finish.NONFOIL in card.finishes else card.finishes[0]
    if row.finish in card.finishes:
        return row.finish
    if row.finish == Finish.FOIL and Finish.ETCHED in card.finishes:
        return Finish.ETCHED  # sites without a word for it call it foil
    words = {"card": str(card), "finishes": ", ".join(card.finishes)}
    raise RefusedRow("no_such_finish", _("%(card)s exists as: %(finishes)s.") % words)


def _unknown(row: ReadRow, named: list[Card]) -> RefusedRow:
    name = row.names[0] if row.names else row.scryfall_id
    if not named:
        return RefusedRow("card_unknown", _("The catalogue has no card “%s”.") % name)
    asked = " ".join([" / ".join(row.sets), row.number]).strip()
    words = {"name": name, "asked": asked, "known": _listed(named)}
    detail = _("The catalogue has no “%(name)s” of %(asked)s, but: %(known)s.")
    return RefusedRow("printing_unknown", detail % words)


def _listed(cards: Sequence[Card]) -> str:
    shown = sorted(f"{card.set_code.upper()} {card.collector_number}" for card in cards)
    more = ["…"] if len(shown) > _MOST_LISTED else []
    return ", ".join(shown[:_MOST_LISTED] + more)
