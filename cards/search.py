"""Finding cards by what people type: "lig bolt", "jace set:wwk", "#117 set:2x2", "rarity:mythic".

First every word typed must begin a word of the name, which the trigram index answers fast and
exactly. Only if no name does, names that look alike are taken: that is how a typo is forgiven.
"""

import re
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model, QuerySet

from cards.models import Card
from cards.names import search_name

Row = TypeVar("Row", bound=Model)
LONGEST_QUERY = 100  # letters that are looked at
MOST_WORDS = 8
# Of a typed word's trigrams, so many must be found side by side in the name. Lower than
# PostgreSQL's 0.6, which "goblni" for "goblin" would already miss.
ALIKE = "0.4"

_FILTER = re.compile(r"(?:^|\s)(?:(set|rarity):(\S+)|#(\S+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, taken apart."""

    name: str  # as in Card.search_name
    set_code: str = ""
    number: str = ""
    rarity: str = ""

    @property
    def has_trigrams(self) -> bool:
        """Whether the index of trigrams can narrow the name down; else every card would be looked at."""
        return len(self.name) >= 3 and any(letter.isalnum() for letter in self.name)


@dataclass(frozen=True, slots=True)
class Found:
    """A card of the game, shown by its newest printing among those found."""

    card: Card
    printings: int


def parse_query(typed: str) -> Query:
    """Any text is a query; the last filter of a kind counts."""
    typed = typed.replace("\0", " ")[:LONGEST_QUERY]
    filters = {"set": "", "rarity": "", "#": ""}
    for key, value, number in _FILTER.findall(typed):
        filters[key.lower() or "#"] = (value or number).lower()
    words = _FILTER.sub(" ", typed).strip()
    name = " ".join(search_name(words).split()[:MOST_WORDS]) if words else ""
    return Query(name, filters["set"], filters["#"], filters["rarity"])


def search_cards(typed: str, *, limit: int = 20, offset: int = 0) -> list[Found]:
    """The cards that fit best: exact names, names that begin so, words that begin so, names alike."""
    cards = _best(_GROUPED, parse_query(typed), limit, offset)
    return [Found(card, card.printings) for card in cards]  # type: ignore[attr-defined]  # a column of the query


def search_printings(typed: str, *, limit: int = 20, offset: int = 0) -> list[Card]:
    """The same, every printing for itself, newest first within a name."""
    return _best(_PRINTINGS, parse_query(typed), limit, offset)


_GROUPED = """
    SELECT card.*, best.printings
    FROM (
        SELECT (array_agg(id ORDER BY released_at DESC NULLS LAST, id DESC))[1] AS id,
            count(*) AS printings, {rank} AS rank, search_name, oracle_id
        FROM cards_card WHERE {where}
        GROUP BY search_name, oracle_id
        ORDER BY rank DESC, search_name, oracle_id LIMIT %(limit)s OFFSET %(offset)s
    ) best JOIN cards_card card USING (id)
    ORDER BY best.rank DESC, best.search_name, best.oracle_id
"""
_PRINTINGS = """
    SELECT *, {rank} AS rank
    FROM cards_card WHERE {where}
    ORDER BY rank DESC, search_name, released_at DESC NULLS LAST, id DESC LIMIT %(limit)s OFFSET %(offset)s
"""
_BY_WORDS = (
    "CASE WHEN search_name = %(name)s THEN 3 WHEN starts_with(search_name, %(name)s) THEN 2 ELSE 1 END"
)


def _best(select: str, query: Query, limit: int, offset: int) -> list[Card]:
    found = _by_words(select, query, limit, offset)
    if found or not query.has_trigrams or (offset and _by_words(_PRINTINGS, query, 1, 0)):
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [ALIKE])
        return _select(select, _likeness(query), ["%(name)s <%% search_name"], query, limit, offset)


def _likeness(query: Query) -> str:
    """How many of the typed words the name has, more or less: a Bolt alone is not yet a "ligt bolt"."""
    words = [f"word_similarity(%(typed{number})s, search_name)" for number in range(len(query.name.split()))]
    return f"{' + '.join(words)} + similarity(%(name)s, search_name)"


def _by_words(select: str, query: Query, limit: int, offset: int) -> list[Card]:
    if not query.name:
        return _select(select, "1", [], query, limit, offset)
    if not query.has_trigrams:  # by the alphabet, where the exact name comes first anyway
        return _select(select, "1", ["starts_with(search_name, %(name)s)"], query, limit, offset)
    words = [f"search_name ~ %(word{number})s" for number in range(len(query.name.split()))]
    return _select(select, _BY_WORDS, words, query, limit, offset)


def _select(select: str, rank: str, names: list[str], query: Query, limit: int, offset: int) -> list[Card]:
    values: dict[str, object] = {"limit": limit, "offset": offset}
    values |= {"name": query.name, "set": query.set_code, "number": query.number, "rarity": query.rarity}
    for number, word in enumerate(query.name.split()):
        values |= {f"typed{number}": word, f"word{number}": f"(^| ){re.escape(word)}"}
    where = " AND ".join([*names, *_filters(query)]) or "true"
    return list(Card.objects.raw(select.format(rank=rank, where=where), values))


def _filters(query: Query) -> list[str]:
    conditions = {
        "set_code = %(set)s": query.set_code,
        "lower(collector_number) = %(number)s": query.number,
        "rarity = %(rarity)s": query.rarity,
    }
    return [condition for condition, value in conditions.items() if value]


def narrowed(rows: QuerySet[Row], typed: str, *, name: str = "card__search_name") -> QuerySet[Row]:
    """Rows about a `card`, those that fit what was typed; `name` is where its search_name stands.

    A few thousand rows of one trader need no index: words may stand anywhere in the name.
    """
    query = parse_query(typed)
    for word in query.name.split():
        rows = rows.filter(**{f"{name}__contains": word})
    conditions = {
        "card__set_code": query.set_code,
        "card__collector_number__iexact": query.number,
        "card__rarity": query.rarity,
    }
    return rows.filter(**{column: value for column, value in conditions.items() if value})
