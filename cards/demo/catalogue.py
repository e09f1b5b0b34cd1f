"""The demo's printings are facts (names, sets, numbers, ids); its prices are made up by a formula."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import blake2b
from io import BufferedReader, BytesIO
from pathlib import Path
from random import Random
from typing import Any

import orjson

from cards.catalogue import import_catalogue
from cards.price_import import import_prices
from core.clock import database_today

PRINTINGS = Path(__file__).with_name("printings.jsonl")
SOURCE = "demo"
DAYS = 60
# The middle of what a card of this rarity costs, in site currency; single cards vary widely.
_USUAL_PRICE = {"common": 0.6, "uncommon": 1.5, "rare": 7.0, "mythic": 18.0}
_FOIL_FACTOR = 2.2
# How a price wanders: in so many days from one drawn point to the next, by at most such a share.
_SWINGS = ((31, 0.25), (7, 0.08), (1, 0.02))


def load_demo_catalogue() -> None:
    """Import the printings and 60 days of prices; again it changes nothing, later it adds the new days."""
    today = database_today()
    with PRINTINGS.open("rb") as file:
        import_catalogue(file=file, day=today, strict=True)
    table = "scryfall_id,finish,day,price\n" + "".join(_price_lines(today))
    import_prices(file=BufferedReader(BytesIO(table.encode())), day=today, source=SOURCE, strict=True)


def _price_lines(today: date) -> Iterator[str]:
    days = [today - timedelta(days=age) for age in range(DAYS - 1, -1, -1)]
    for line in PRINTINGS.read_bytes().splitlines():
        card = orjson.loads(line)
        for finish in card["finishes"]:
            usual = _usual_price(card, finish)
            for day in days:
                price = max(0.05, usual * _swing(f"{card['id']}{finish}", day.toordinal()))
                yield f"{card['id']},{finish},{day.isoformat()},{price:.2f}\n"


def _usual_price(card: dict[str, Any], finish: str) -> float:
    """The printings of one card cost about the same."""
    random = Random(card["oracle_id"])  # noqa: S311  (a price that is the same each time, no secret)
    price = _USUAL_PRICE[card["rarity"]] * random.lognormvariate(0, 0.8)
    random = Random(f"{card['id']}{finish}")  # noqa: S311
    return price * random.uniform(0.8, 1.3) * (_FOIL_FACTOR if finish == "foil" else 1)


def _swing(key: str, day: int) -> float:
    """What `day` makes of a price. No step depends on another, so a day keeps its price for ever."""
    factor = 1.0
    for period, size in _SWINGS:
        point, into = divmod(day, period)
        before, after = _draw(f"{key}{period}.{point}"), _draw(f"{key}{period}.{point + 1}")
        factor += size * (before + (after - before) * into / period)
    return factor


def _draw(key: str) -> float:
    """A number from −1 to 1 that is always the same for the same key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=4).digest()) / 2**31 - 1
