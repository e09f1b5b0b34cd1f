"""`[[Card Name]]` and `[[Card Name|SET]]` in a message: which printing is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice

from cards.models import Card
from cards.names import front_face, search_name

MOST_MENTIONS = 20  # a message; what comes after stays text
MOST_NAMES = 200  # looked up at once
_MENTION = re.compile(r"\[\[([^\[\]|\n]{1,150})(?:\|([A-Za-z0-9]{2,6}))?\]\]")

Mention = tuple[str, str]  # name as it is searched, set code or ""


def mentions_in(text: str) -> list[tuple[re.Match[str], Mention]]:
    """Where `text` names cards, in order."""
    found = islice(_MENTION.finditer(text), MOST_MENTIONS)
    return [(match, (search_name(match[1]), (match[2] or "").lower())) for match in found]


def cards_meant(texts: Iterable[str]) -> Mapping[Mention, Card]:
    """The newest printing of each card named in `texts`, of the named set if one is; at most one query.

    The front of a double-faced card's name will do. What names no card of ours is left out, and so is
    what is named after the first `MOST_NAMES`.
    """
    named = (mention for text in texts if "[[" in text for _match, mention in mentions_in(text))
    wanted = list(islice(dict.fromkeys(mention for mention in named if mention[0]), MOST_NAMES))
    if not wanted:
        return {}
    meant: dict[Mention, Card] = {}
    for card in sorted(_called(sorted({name for name, _set_code in wanted})), key=_released):
        for name in (search_name(front_face(card.name)), card.search_name):
            meant[name, ""] = meant[name, card.set_code] = card
    return {mention: meant[mention] for mention in wanted if mention in meant}


# The newest printing of each set: a basic land has hundreds. Each front is looked up by itself, along
# the index of letters: as one condition for all of them it would read every card.
_CALLED = """
    SELECT DISTINCT ON (called.search_name, called.set_code) called.* FROM (
        SELECT * FROM cards_card WHERE search_name = ANY(%(names)s)
        UNION ALL
        SELECT faced.* FROM unnest(%(fronts)s::text[]) front CROSS JOIN LATERAL (
            SELECT * FROM cards_card WHERE search_name LIKE front || ' %%' AND name LIKE '%% // %%'
        ) faced
    ) called
    ORDER BY called.search_name, called.set_code, called.released_at DESC NULLS LAST, called.id DESC
"""


def _called(names: list[str]) -> Iterable[Card]:
    # A name of nothing but punctuation would be a pattern.
    fronts = [name for name in names if name[0].isalnum()]
    return Card.objects.raw(_CALLED, {"names": names, "fronts": fronts})


def _released(card: Card) -> tuple[date, int]:
    return card.released_at or date.min, card.pk
