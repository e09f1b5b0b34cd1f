"""Lists as people paste them: "4 Lightning Bolt (2X2) 117", "4x Lightning Bolt [2X2]", "1 Name *F*"."""

import re

from django.utils.translation import gettext as _

from cards.errors import CardError
from cards.imports.formats import PASTED_TEXT
from cards.imports.rows import ReadFile, ReadRow, RowError, refuse_unprintable
from cards.imports.tables import LONGEST_NAME, LONGEST_NUMBER, MOST_ROWS, quantity_of
from cards.models import Finish
from cards.printings import RefusedRow

_COMMENT = re.compile(r"//|#|[-=*~\s]*$")
_QUANTITY_FIRST = re.compile(r"(?:SB:\s*)?([0-9]+)(?:\s*[x×])?\s+(\S.*)", re.IGNORECASE)
_QUANTITY_LAST = re.compile(r"(.*\S)\s+[x×]\s?([0-9]+)", re.IGNORECASE)
# What deck builders hang on a line: *F* and *E*, ^colour tags^, #tags, !commander.
_FINISH_MARK = re.compile(r"\s[*(\[](f|foil|e|etched)[*)\]]", re.IGNORECASE)
_TAGS = re.compile(r" (?:\^|#!?[a-z]|![a-z]).*", re.IGNORECASE)
# "(2X2) 117", "[2X2:117]", "<Double Masters 2022>"; a category in brackets may follow.
_PRINTING = re.compile(
    r"(?P<name>.*?\S)\s*[(\[<](?P<set>[^()\[\]<>:#]{2,60})(?:[:#]\s*(?P<inner>[^)\]>\s]+))?[)\]>]"
    r"(?:\s+#?(?P<number>[^\s()\[\]<>]+))?(?:\s*\[[^\]]*\])*"
)
_SECTION = re.compile(r"([a-z][a-z /&-]*?)\s*(?:\([0-9]+\))?\s*:?", re.IGNORECASE)
_SECTIONS = frozenset(
    [
        *("about", "deck", "main", "mainboard", "maindeck", "main deck", "sideboard", "side", "maybeboard"),
        *("commander", "commanders", "companion", "considering", "tokens", "battle", "battles"),
        *("creature", "creatures", "instant", "instants", "sorcery", "sorceries", "artifact", "artifacts"),
        *("enchantment", "enchantments", "planeswalker", "planeswalkers", "land", "lands", "spells"),
        *("binder", "collection", "for trade", "tradelist", "trade list", "trades", "have", "haves"),
        *("want", "wants", "want list", "wishlist", "wish list", "other"),
    ]
)


def read_pasted(text: str) -> ReadFile:
    """Every line that names a card, or its error; headings, comments and blank lines are passed over.

    CardError 413 `too_many_rows`.
    """
    read = ReadFile(PASTED_TEXT)
    title_follows = False
    for line, typed in enumerate(text.splitlines(), 1):
        words = " ".join(typed.strip("\ufeff").split())
        is_title = title_follows and words.casefold().startswith("name ")
        title_follows = words.casefold() == "about"
        if is_title or _says_nothing(words):
            continue
        try:
            read.rows.append(_read_line(line, words))
        except RefusedRow as bad:
            read.errors.append(RowError(line, bad.code, bad.detail))
        if len(read.rows) + len(read.errors) > MOST_ROWS:
            detail = _("At most %s rows in one file.") % f"{MOST_ROWS:,}"
            raise CardError("too_many_rows", detail, status=413)
    return read


def _says_nothing(words: str) -> bool:
    if _COMMENT.match(words):
        return True
    section = _SECTION.fullmatch(words)
    return section is not None and section[1].casefold() in _SECTIONS


def _read_line(line: int, words: str) -> ReadRow:
    if len(words) > LONGEST_NAME + 100:
        raise RefusedRow("name_too_long", _("No card has a name of more than %s letters.") % LONGEST_NAME)
    refuse_unprintable(words)
    quantity, rest = _quantity_and_rest(words)
    mark = _FINISH_MARK.search(rest)
    rest = _TAGS.sub("", " ".join(_FINISH_MARK.sub(" ", rest).split()))
    printing = _PRINTING.fullmatch(rest)
    return ReadRow(
        line=line,
        quantity=quantity,
        names=(printing["name"] if printing else rest,),
        literal=rest if printing else "",
        sets=(printing["set"].strip(),) if printing else (),
        number=(printing["number"] or printing["inner"] or "")[:LONGEST_NUMBER] if printing else "",
        finish=_marked_finish(mark[1]) if mark else None,
    )


def _quantity_and_rest(words: str) -> tuple[int, str]:
    if first := _QUANTITY_FIRST.fullmatch(words):
        return quantity_of(first[1]), first[2]
    if last := _QUANTITY_LAST.fullmatch(words):
        return quantity_of(last[2]), last[1]
    return 1, words


def _marked_finish(mark: str) -> str:
    return Finish.FOIL if mark.casefold().startswith("f") else Finish.ETCHED
