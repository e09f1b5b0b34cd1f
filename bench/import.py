# ruff: noqa: N999 (the bench's name is that of what it measures)
"""importcatalogue beside its floor: the same file parsed with orjson and copied into the same tables.

    bin/bench import [--rounds 5] [FILE]

Both start from the packed file with empty tables and end with a commit. Memory is that of a
process of its own, once with the file and once with it five times over.
"""

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from bench.harness import ROUNDS, Side, compare, database, report

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "cards-2019.jsonl.gz"
DAY = date(2026, 5, 15)
ROADS = ("Hollow", "Salt", "Ember", "Glass")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--weigh", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with database("tradepost_bench_import"), tempfile.TemporaryDirectory() as place:
        if options.weigh:
            print(json.dumps(peaks(options.file)))
            return
        file = options.file or (REAL if REAL.exists() else made_up(Path(place)))
        kept = race(file, options.rounds)
        light = [weigh(name, weighed) for name, weighed in (("once", file), ("5 ×", five_times(file, place)))]
        empty()
    sys.exit(not (kept and all(light)))


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


def race(file: Path, rounds: int) -> bool:
    sides = [Side("ours", partial(ours, file), empty), Side("floor", partial(floor, file), empty)]
    written = []
    for side in sides:
        empty()
        side.call()
        written.append(rows())
    assert written[0] == written[1], f"the two write different rows: {written}"
    cards, prices, _current = (len(table) for table in written[0])
    figures = compare(sides, rounds=rounds)
    kept = report(f"import of {file.name}: {cards:,} printings, {prices:,} prices", figures, at_most=4)
    speed = cards / statistics.median(figures["ours"].seconds)
    print(f"  {speed:,.0f} cards/s, at least 5,000 wanted")
    return kept and speed >= 5_000


def rows() -> tuple[list[object], ...]:
    """All that was written, but for the ids."""
    from django.db import connection

    columns = "scryfall_id, finish, source, day, price"
    card = "to_jsonb(card) - 'id'"
    with connection.cursor() as cursor:
        found = []
        cursor.execute(f"SELECT {card} FROM cards_card card ORDER BY scryfall_id")
        found.append(cursor.fetchall())
        for table in ("cards_pricesnapshot", "cards_currentprice"):
            cursor.execute(
                f"SELECT {columns} FROM {table} JOIN cards_card card ON card.id = card_id ORDER BY {columns}"
            )
            found.append(cursor.fetchall())
    return tuple(found)


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
                kinds = ["ph" if card["lang"] == "px" else card["lang"]], card["finishes"]
                last = card["image_uris"]["normal"], card["released_at"]
                copy.write_row((number, card["id"], card["oracle_id"], *names, *place, *kinds, *last))
                for finish, key in (("nonfoil", "usd"), ("foil", "usd_foil")):
                    price = card["prices"][key]
                    if price and Decimal(price) and finish in card["finishes"]:
                        prices.append((number, finish, "scryfall", DAY, price))
        for table in ("cards_pricesnapshot", "cards_currentprice"):
            with cursor.copy(f"COPY {table} (card_id, finish, source, day, price) FROM STDIN") as copy:
                for row in prices:
                    copy.write_row(row)


def five_times(file: Path, place: str) -> Path:
    five = Path(place) / "five.jsonl.gz"
    five.write_bytes(file.read_bytes() * 5)  # gzip members may follow each other
    return five


def weigh(name: str, file: Path) -> bool:
    empty()
    command = [sys.executable, "-m", "bench.import", "--weigh", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
    before, peak = (kib / 1024 for kib in json.loads(done.stdout))
    print(f"  memory, {name}: peak {peak:.0f} MiB ({before:.0f} before reading), at most 200 wanted")
    return peak <= 200


def peaks(file: Path) -> tuple[int, int]:
    """KiB of this process at most, before and after it imports `file`."""
    before = _peak()
    ours(file)
    return before, _peak()


def _peak() -> int:
    # Not getrusage: that counts what the parent had when it forked.
    found = re.search(r"VmHWM:\s+([0-9]+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


if __name__ == "__main__":
    main()
