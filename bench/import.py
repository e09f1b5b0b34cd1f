"""importcatalogue beside its floor: the same file parsed with orjson and copied into the same tables.

    bench/import.py [--rounds 5] [FILE]

Both start from the packed file with empty tables and end with a commit; rounds alternate. Memory
is that of a process of its own, once with the file and once with it five times over.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

CHECKOUT = Path(__file__).resolve().parent.parent
REAL = CHECKOUT.parent / "shared" / "data" / "cards-2019.jsonl.gz"
DAY = date(2026, 5, 15)
ROADS = ("Hollow", "Salt", "Ember", "Glass")
MIB = 1024  # ru_maxrss counts KiB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(CHECKOUT))
    from config.embedded import throwaway_servers

    with throwaway_servers() as servers, tempfile.TemporaryDirectory() as place:
        os.environ.update(servers.environment())
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        if options.once:
            print(json.dumps(peak_of(options.file)))
            return
        from django.test.runner import DiscoverRunner

        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        try:
            file = options.file or (REAL if REAL.exists() else made_up(Path(place)))
            compare(file, options.rounds)
            weigh(file, Path(place))
        finally:
            runner.teardown_databases(databases)


def made_up(place: Path) -> Path:
    """A file of the real one's size, for a checkout without it."""
    file = place / "cards.jsonl.gz"
    with gzip.open(file, "wt", compresslevel=1) as out:
        for number in range(46_000):
            card = {
                "object": "card",
                "id": str(UUID(int=number + 1)),
                "oracle_id": str(UUID(int=number // 3 + 1)),
                "name": f"Wanderer {number // 3} of the {ROADS[number % 4]} Road",
                "lang": "en",
                "released_at": "2019-01-25",
                "set": f"s{number // 270}",
                "set_name": f"Set {number // 270}",
                "collector_number": str(number % 270),
                "rarity": "common",
                "digital": False,
                "finishes": ["nonfoil", "foil"],
                "image_uris": {"normal": f"https://example.com/cards/{number}.jpg"},
                "prices": {"usd": "0.25", "usd_foil": "1.50"},
            }
            out.write(json.dumps(card) + "\n")
    return file


def compare(file: Path, rounds: int) -> None:
    from cards.models import Card, CurrentPrice, PriceSnapshot

    times: dict[str, list[float]] = {"ours": [], "floor": [], "again": []}
    runs: list[tuple[str, Callable[[Path], None]]] = [("floor", floor), ("ours", ours)]
    counts = set()
    for turn in range(rounds):
        for name, run in runs if turn % 2 else reversed(runs):
            empty()
            times[name].append(timed(run, file))
            counts.add((Card.objects.count(), PriceSnapshot.objects.count(), CurrentPrice.objects.count()))
            if name == "ours":
                times["again"].append(timed(ours, file))
    assert len(counts) == 1, f"the two wrote different rows: {counts}"
    cards, prices, _ = counts.pop()
    print(f"{file.name}: {cards:,} printings, {prices:,} prices, {rounds} rounds")
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(
            f"{name:>6}  median {middle:.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"
            f"  {cards / middle:,.0f} cards/s"
        )
    ratios = [one / other for one, other in zip(times["ours"], times["floor"], strict=True)]
    print(f" ratio  {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}), at most 4 wanted")


def timed(run: Callable[[Path], None], file: Path) -> float:
    start = time.perf_counter()
    run(file)
    return time.perf_counter() - start


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE cards_card CASCADE")
        cursor.execute("CHECKPOINT")


def ours(file: Path) -> None:
    from cards.catalogue import import_catalogue

    with file.open("rb") as content:
        import_catalogue(file=content, day=DAY)


def floor(file: Path) -> None:
    """The same rows in the same three tables with their indexes, in the barest code that writes them."""
    import orjson
    from django.db import connection, transaction

    from cards.names import search_name

    prices = []
    with transaction.atomic(), connection.cursor() as cursor:
        with (
            gzip.open(file) as lines,
            cursor.copy(
                "COPY cards_card (id, scryfall_id, oracle_id, name, search_name, set_code, set_name,"
                " collector_number, rarity, languages, finishes, image_uri, released_at) FROM STDIN"
            ) as copy,
        ):
            for number, line in enumerate(lines, 1):
                card = orjson.loads(line)
                if card["digital"]:
                    continue
                names = card["name"], search_name(card["name"])
                place = card["set"], card["set_name"], card["collector_number"], card["rarity"]
                kinds = [card["lang"]], card["finishes"]
                last = card["image_uris"]["normal"], card["released_at"]
                copy.write_row((number, card["id"], card["oracle_id"], *names, *place, *kinds, *last))
                for finish, key in (("nonfoil", "usd"), ("foil", "usd_foil")):
                    if card["prices"][key] and Decimal(card["prices"][key]) and finish in card["finishes"]:
                        prices.append((number, finish, "scryfall", DAY, card["prices"][key]))
        for table in ("cards_pricesnapshot", "cards_currentprice"):
            with cursor.copy(f"COPY {table} (card_id, finish, source, day, price) FROM STDIN") as copy:
                for row in prices:
                    copy.write_row(row)


def weigh(file: Path, place: Path) -> None:
    """Peak memory of a process that imports the file, and of one that imports five times as much."""
    five = place / "five.jsonl.gz"
    five.write_bytes(file.read_bytes() * 5)  # gzip members may follow each other
    for name, weighed in (("once", file), ("5 ×", five)):
        command = [sys.executable, __file__, "--once", str(weighed)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=test_database())
        before, peak = json.loads(answer.stdout)
        grown = f"{before / MIB:.0f} before reading"
        print(f"memory  {name}: peak {peak / MIB:.0f} MiB ({grown}), at most 200 wanted")


def test_database() -> dict[str, str]:
    from django.db import connection

    known = connection.settings_dict
    assert known["NAME"].startswith("test_")
    place = f"{known['NAME']}?host={quote(known['HOST'] or known['OPTIONS'].get('host', ''), safe='')}"
    return os.environ | {"DATABASE_URL": f"postgresql://{known['USER']}@/{place}"}


def peak_of(file: Path) -> tuple[int, int]:
    from cards.catalogue import import_catalogue  # noqa: F401 (its modules count as before)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours(file)
    return before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
