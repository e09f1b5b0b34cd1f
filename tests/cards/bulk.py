"""Bulk files made for a test, in Scryfall's layouts."""

import gzip
import json
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def card_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A card as bulk data has it; `None` takes a key out."""
    row = {
        "object": "card",
        "id": str(UUID(int=number)),
        "oracle_id": str(UUID(int=1_000_000 + number)),
        "name": f"Card {number}",
        "lang": "en",
        "released_at": "2010-07-16",
        "set": "m11",
        "set_name": "Magic 2011",
        "collector_number": str(number),
        "rarity": "common",
        "digital": False,
        "finishes": ["nonfoil", "foil"],
        "image_uris": {"normal": f"https://example.com/{number}.jpg"},
        "prices": {"usd": None, "usd_foil": None, "usd_etched": None},
    } | changes
    return {key: value for key, value in row.items() if value is not None}


def as_lines(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_array(rows: list[Any]) -> bytes:
    """One card a line, as Scryfall writes arrays."""
    return b"[\n" + b",\n".join(json.dumps(row).encode() for row in rows) + b"\n]\n"


def as_pretty_array(rows: list[Any]) -> bytes:
    return json.dumps(rows, indent=1).encode()


def as_one_line(rows: list[Any]) -> bytes:
    return json.dumps(rows).encode()


def mixed_array(rows: list[Any]) -> bytes:
    """A card a line at first, then anyhow."""
    first, *rest = rows
    return b"[" + json.dumps(first).encode() + b",\n" + json.dumps(rest, indent=2).encode()[1:]


def zipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)  # the same bytes in every process that collects tests


def opened(content: bytes) -> BufferedReader:
    return BufferedReader(BytesIO(content))


def sheet(header: str, *rows: str) -> str:
    """CSV text of a header and rows."""
    return "".join(f"{line}\n" for line in (header, *rows))
