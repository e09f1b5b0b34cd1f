"""Reading big files of card data in constant memory: plain or gzip, JSON array, JSON Lines or CSV.

What a file is, its content says, not its name. Files that cannot be read to their end raise
CardError `unreadable_file` (400) with one line to show.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any, NamedTuple, NoReturn

import ijson
import orjson
from django.utils.translation import gettext as _

from cards.errors import CardError

# No card is near it: what is longer is no line of cards, and must not be held in memory.
LONGEST_LINE = 1 << 20
_MOST_LISTED = 100
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Place(NamedTuple):
    """Where in a file: lines are counted, or cards where a file is not one card a line."""

    number: int
    is_line: bool = True

    def __str__(self) -> str:
        return (_("line %s") if self.is_line else _("card %s")) % self.number


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why."""

    place: Place
    code: str
    detail: str


@dataclass(slots=True)
class BadRows:
    """How many rows were bad, and the first hundred of them: a file of nothing else stays cheap."""

    count: int = 0
    first: list[BadRow] = field(default_factory=list)

    def add(self, row: BadRow) -> None:
        self.count += 1
        if len(self.first) < _MOST_LISTED:
            self.first.append(row)

    def refuse(self, *, good: int, strict: bool) -> None:
        """Raise if nothing in the file is good, or, when `strict`, if anything is bad."""
        if not self.count:
            if not good:
                unreadable(_("There is not one row in the file."))
            return
        worst = {"count": self.count, "place": self.first[0].place, "detail": self.first[0].detail}
        if not good:
            unreadable(_("No row of the file can be read; %(place)s: %(detail)s") % worst)
        if strict:
            detail = _("%(count)s bad rows, nothing was imported; %(place)s: %(detail)s") % worst
            raise CardError("rows_refused", detail, status=400)


def unreadable(detail: str) -> NoReturn:
    raise CardError("unreadable_file", detail, status=400)


@contextmanager
def readable(file: BufferedReader) -> Iterator[BufferedReader]:
    """The content of `file`, unpacked if it is gzip."""
    packed = file.peek(2)[:2] == b"\x1f\x8b"
    try:
        # Buffered once more: GzipFile finds each line in Python, BufferedReader in C.
        yield BufferedReader(gzip.GzipFile(fileobj=file), 1 << 18) if packed else file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        detail = _("The gzip file is damaged or was cut off: %s") % error
        raise CardError("unreadable_file", detail, status=400) from error


def first_byte(content: BufferedReader) -> bytes:
    """The first byte that is not blank, b"" if there is none nearby; a byte-order mark is passed over."""
    if content.peek(3)[:3] == _BYTE_ORDER_MARK:
        content.read(3)
    return content.peek(LONGEST_LINE).lstrip()[:1]


def bulk_rows(content: BufferedReader) -> Iterator[tuple[Place, Any]]:
    """Each value of a JSON array or of JSON Lines, and where it stands."""
    match first_byte(content):
        case b"[":
            return _array_rows(content)
        case b"{":
            return _line_rows(content)
        case b"":
            unreadable(_("The file is empty."))
        case b"<":
            unreadable(_("This is a web page, not card data."))
        case _:
            unreadable(_("This is neither a JSON array nor JSON Lines."))


def _lines(content: BufferedReader) -> Iterator[tuple[int, bytes]]:
    return enumerate(iter(lambda: content.readline(LONGEST_LINE), b""), 1)


def _line_rows(content: BufferedReader) -> Iterator[tuple[Place, Any]]:
    for number, line in _lines(content):
        if line.isspace():
            continue
        try:
            yield Place(number), orjson.loads(line)
        except orjson.JSONDecodeError as error:
            unreadable(_("Line %(line)s is not JSON: %(error)s") % {"line": number, "error": error})


def _array_rows(content: BufferedReader) -> Iterator[tuple[Place, Any]]:
    """Scryfall writes one card a line; read so, it goes many times faster than token by token.

    From the first line that is not a whole card the rest is read by tokens: any layout is right.
    """
    content.read(content.peek().index(b"[") + 1)
    cards = 0
    for number, line in _lines(content):
        text = line.strip(b" \t\r\n,")
        if text == b"]":
            return
        if not text:
            continue
        try:
            card = orjson.loads(text)
        except orjson.JSONDecodeError:
            yield from _rows_by_token(_Joined(b"[" + line.lstrip(b" \t\r\n,"), content), cards + 1)
            return
        cards += 1
        yield Place(number), card
    unreadable(_("The file was cut off: its array does not end."))


def _rows_by_token(content: "_Joined", start: int) -> Iterator[tuple[Place, Any]]:
    try:
        for number, card in enumerate(ijson.items(content, "item", use_float=True), start):
            yield Place(number, is_line=False), card
    except ijson.JSONError as error:
        reason = " ".join(str(error).split())
        unreadable(_("This is not valid JSON, or it was cut off: %s") % reason[:200])


class _Joined:
    """Bytes already read, then the file they came from; as much of a file as ijson needs."""

    def __init__(self, head: bytes, rest: BufferedReader) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head or self._rest.read(size)
