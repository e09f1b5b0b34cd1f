"""`[[Card Name]]` and `[[Card Name|SET]]` in a message: which printing is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import F, Q

from cards.models import Card
from cards.names import front_face, search_name

MOST_MENTIONS = 20  # a message; what comes after stays text
_MENTION = re.compile(r"\[\[([^\[\]|\n]{1,150})(?:\|([A-Za-z0-9]{2,6}))?\]\]")

Mention = tuple[str, str]  # name as it is searched, set code or ""


def mentions_in(text: str) -> list[tuple[re.Match[str], Mention]]:
    """Where `text` names cards, in order."""
    found = list(_MENTION.finditer(text))[:MOST_MENTIONS]
    return [(match, (search_name(match[1]), (match[2] or "").lower())) for match in found]


def cards_meant(texts: Iterable[str]) -> Mapping[Mention, Card]:
    """The newest printing of each card named in `texts`, of the named set if one is; at most one query.

    The front of a double-faced card's name will do. What names no card of ours is left out.
    """
    wanted = {mention for text in texts if "[[" in text for _match, mention in mentions_in(text)}
    if not wanted:
        return {}
    meant: dict[Mention, Card] = {}
    for card in sorted(_called({name for name, _set_code in wanted}), key=_released):
        for name in (search_name(front_face(card.name)), card.search_name):
            meant[name, ""] = meant[name, card.set_code] = card
    return {mention: meant[mention] for mention in wanted if mention in meant}


def _called(names: set[str]) -> Iterable[Card]:
    """The newest printing of each set: a basic land has hundreds."""
    fronts = Q(pk=None)
    for name in names:
        fronts |= Q(search_name__startswith=f"{name} ", name__contains=" // ")
    rows = Card.objects.filter(Q(search_name__in=names) | fronts)
    newest_first = rows.order_by("search_name", "set_code", F("released_at").desc(nulls_last=True), "-pk")
    return newest_first.distinct("search_name", "set_code")


def _released(card: Card) -> tuple[date, int]:
    return card.released_at or date.min, card.pk
