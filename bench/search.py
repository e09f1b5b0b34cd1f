"""Typing 3 to 12 letters of a name over 100,000 printings, beside the bare trigram query.

One call types twenty names letter by letter: 200 searches. The floor asks PostgreSQL's own trigram
operator at its usual threshold; for mistyped names at ours, as it finds nothing otherwise.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from bench.harness import Side, compare, database, options, report

LETTERS = range(3, 13)
NAMES = 20
USUAL = "0.6"
_HEADS = "ba ce dor el fir gar hol im ja kel lor mar ni or pra qui ras sil tor ul vin wer xan zen".split()  # noqa: SIM905
_TAILS = "bolt chant dak eron fall gust heim jar knell lash mire nos oath pyre quell rune shade".split()  # noqa: SIM905
_FLOOR = """
    SELECT id, scryfall_id, oracle_id, name, search_name, set_code, set_name, collector_number, rarity,
        languages, finishes, image_uri, released_at
    FROM cards_card WHERE %(q)s <%% search_name
    ORDER BY word_similarity(%(q)s, search_name) DESC, search_name LIMIT 20
"""


def main() -> None:
    given = options(__doc__, size=100_000, calls=2)
    with database(f"bench_search_{given.size}"):
        names = _catalogue(given.size)
        chosen = random.Random(7).sample(sorted(set(names)), NAMES)
        typed = [name[:letters] for name in chosen for letters in LETTERS]
        mistyped = [_swapped(name)[:letters] for name in chosen for letters in LETTERS if letters > 5]
        kept = [
            _compare(f"typing among {given.size:,} printings", typed, USUAL, given),
            _compare("typing with two letters swapped", mistyped, None, given),
        ]
    sys.exit(not all(kept))


def _compare(title: str, queries: list[str], threshold: str | None, given: Any) -> bool:
    from cards.search import ALIKE, search_cards

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('pg_trgm.word_similarity_threshold', %s, false)", [threshold or ALIKE]
            )
            for query in queries:
                cursor.execute(_FLOOR, {"q": query})
                cursor.fetchall()

    sides = [Side("ours", lambda: [search_cards(query) for query in queries]), Side("floor", floor)]
    figures = compare(sides, rounds=given.rounds, calls=given.calls)
    return report(f"{title}, {len(queries)} searches", figures, at_most=2)


def _swapped(name: str) -> str:
    """The third and fourth letter the wrong way round."""
    return name[:2] + name[3] + name[2] + name[4:]


def _catalogue(size: int) -> list[str]:
    """The names of `size` printings, four or five of each card; built by whoever comes first."""
    from cards.models import Card

    if Card.objects.count() != size:
        Card.objects.all().delete()
        chance = random.Random(42)
        names = [_name(chance) for _ in range(size * 2 // 9)]
        Card.objects.bulk_create(
            (_printing(n, names[n % len(names)], n % len(names)) for n in range(size)), 5_000
        )
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE cards_card")
    return list(Card.objects.values_list("search_name", flat=True))


def _name(chance: random.Random) -> str:
    words = [
        chance.choice(_HEADS) + chance.choice(_HEADS) + chance.choice(_TAILS)
        for _ in range(chance.randint(1, 3))
    ]
    return (
        " ".join([*words, chance.choice(("", "of the", "the"))]).strip()
        if len(words) < 3
        else " ".join(words)
    )


def _printing(number: int, name: str, card: int) -> Any:
    from cards.models import Card

    return Card(
        scryfall_id=UUID(int=number + 1),
        oracle_id=UUID(int=card + 1),
        name=name.title(),
        search_name=name,
        set_code=f"s{number // 300}",
        set_name="A set",
        collector_number=str(number),
        rarity="rare",
        languages=["en"],
        finishes=["nonfoil"],
        released_at=date(2000 + number % 25, 1, 1),
    )


if __name__ == "__main__":
    main()
