"""JSON as strictly as RFC 8259 allows to read it, and bodies no larger than agreed."""

import json
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from core.errors import DomainError, Fault
from core.text import is_storable

MIB = 1024 * 1024
DEEPEST = 32


class BodyError(DomainError):
    """The body cannot be read, or is more than this address takes."""


class _Twice:
    """Stands where an object had one key twice, until its pointer is known."""

    def __init__(self, key: str) -> None:
        self.key = key


class _NotFinite:
    """Stands where NaN or an infinity was written."""


class StrictJSONParser(BaseParser):
    """Whole numbers become int, all others Decimal: no digit of a price is lost on the way."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body says; `BodyError` (400) with pointers if it breaks a rule."""
        return read_json(stream.read())


def read_json(text: bytes) -> Any:
    """What strict JSON says, numbers that are not whole as Decimal; `BodyError` (400) if it is none."""
    value = _read(text)
    faults = list(_faults(value, ""))
    if faults:
        raise BodyError("malformed", _("The body breaks the rules of strict JSON."), 400, faults)
    return value


def _read(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=Decimal,
            parse_constant=lambda _name: _NotFinite(),
        )
    except UnicodeDecodeError:
        _refuse(_("The body is not UTF-8."))
    except RecursionError:
        _refuse(_too_deep())
    except ValueError:  # also an integer of more digits than anybody needs
        _refuse(_("The body is not JSON."))


def _refuse(detail: str) -> NoReturn:
    raise BodyError("malformed", detail, 400, [Fault("", "malformed", detail)])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _value in pairs]
    return _Twice(next(key for key in found if keys.count(key) > 1))


def _faults(value: Any, pointer: str, depth: int = 1) -> Iterator[Fault]:
    match value:
        case str():
            if not is_storable(value):
                yield Fault(pointer, "unstorable", _("NUL and lone surrogates cannot be stored."))
        case _Twice():
            yield Fault(join(pointer, value.key), "duplicate", _("This key is written twice."))
        case _NotFinite():
            yield Fault(pointer, "not_finite", _("Only finite numbers."))
        case dict() | list() if depth > DEEPEST:
            yield Fault("", "too_deep", _too_deep())
        case dict():
            for key, member in value.items():
                yield from _faults(key, pointer, depth + 1)
                yield from _faults(member, join(pointer, key), depth + 1)
        case list():
            for index, member in enumerate(value):
                yield from _faults(member, f"{pointer}/{index}", depth + 1)


def _too_deep() -> str:
    return _("Nothing here is nested deeper than %(levels)s levels.") % {"levels": DEEPEST}


def join(pointer: str, key: object) -> str:
    """`pointer` and one more key, escaped as RFC 6901 says; a lone surrogate shows as "?"."""
    step = str(key).replace("~", "~0").replace("/", "~1").encode(errors="replace").decode()
    return f"{pointer}/{step}"


def take_body(request: HttpRequest, limit: int) -> None:
    """Read the whole body into memory, `limit` bytes at most, packed or not; `BodyError` (413) beyond.

    The header is not trusted: what is counted is what arrives, also without a Content-Length. A body
    with `Content-Encoding: gzip` is unpacked, and no further than the limit; any other is 415.
    """
    if _announced(request) > limit:
        _refuse_size(limit)
    body = request.read(limit + 1)
    if len(body) > limit:
        _refuse_size(limit)
    body = _unpacked(body, request.headers.get("Content-Encoding", "identity"), limit)
    # Django has no public way to hand back what was read; `body` and `POST` look here first.
    request._body = body
    request._stream = BytesIO(body)
    request.META["CONTENT_LENGTH"] = str(len(body))


def _unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip":
            return _inflated(body, limit)
        case _:
            raise BodyError("unsupported_encoding", _("Send the body as it is, or packed by gzip."), 415)


def _inflated(body: bytes, limit: int) -> bytes:
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(body, limit + 1)
    except zlib.error:
        _refuse(_("The body is not gzip."))
    if len(found) > limit:
        _refuse_size(limit)
    if not unpacking.eof or unpacking.unused_data:
        _refuse(_("The body is not gzip."))
    return found


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _refuse_size(limit: int) -> NoReturn:
    detail = _("At most %(bytes)s bytes are taken here.") % {"bytes": limit}
    raise BodyError("too_large", detail, 413)
