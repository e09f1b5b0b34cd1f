"""The demo's printings are facts (names, sets, numbers, ids); its prices are made up by a formula."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
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


def load_demo_catalogue() -> None:
    """Import the printings and 60 days of prices; again it changes nothing on the same day."""
    today = database_today()
    with PRINTINGS.open("rb") as file:
        import_catalogue(file=file, day=today, strict=True)
    table = "scryfall_id,finish,day,price\n" + "".join(_price_lines(today))
    import_prices(file=BufferedReader(BytesIO(table.encode())), day=today, source=SOURCE, strict=True)  # type: ignore[arg-type]


def _price_lines(today: date) -> Iterator[str]:
    for line in PRINTINGS.read_bytes().splitlines():
        card = orjson.loads(line)
        for finish in card["finishes"]:
            for day, price in _walk(card, finish, today):
                yield f"{card['id']},{finish},{day.isoformat()},{price:.2f}\n"


def _walk(card: dict[str, Any], finish: str, today: date) -> Iterator[tuple[date, float]]:
    """A random walk that is the same for the same printing, whatever day it is loaded on."""
    random = Random(f"{card['oracle_id']}")  # noqa: S311  (a price that is the same each time, no secret)
    price = _USUAL_PRICE[card["rarity"]] * random.lognormvariate(0, 0.8)
    random = Random(f"{card['id']}{finish}")  # noqa: S311
    price *= random.uniform(0.8, 1.3) * (_FOIL_FACTOR if finish == "foil" else 1)
    for age in range(DAYS - 1, -1, -1):
        price = max(0.05, price * random.gauss(1.0005, 0.012))
        yield today - timedelta(days=age), price
