"""From uploaded bytes to text: size, packing, encoding."""

import codecs
import zlib

from django.utils.translation import gettext as _

from cards.errors import CardError

MOST_BYTES = 8 * 1024 * 1024  # also after unpacking
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def text_of(content: bytes | str) -> str:
    """The text of an upload: UTF-8, UTF-16 or Windows-1252, plain or gzip, without byte-order mark.

    CardError 413 `too_large`, 400 `unreadable_file`.
    """
    encoded = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    _refuse_too_large(len(encoded))
    text = content if isinstance(content, str) else _decoded(_unpacked(content))
    if not text.strip("\ufeff\0 \t\r\n"):
        raise CardError("unreadable_file", _("The file is empty."), status=400)
    return text.removeprefix("\ufeff")


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise CardError("unreadable_file", _("The gzip file is damaged."), status=400) from error
    _refuse_too_large(len(unpacked))
    if not unpacker.eof:
        raise CardError("unreadable_file", _("The gzip file was cut off."), status=400)
    return unpacked


def _refuse_too_large(size: int) -> None:
    if size > MOST_BYTES:
        raise CardError("too_large", _("A file may have 8 MiB, also after unpacking."), status=413)


def _decoded(content: bytes) -> str:
    for encoding in _encodings(content):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    detail = _("This is not text in UTF-8, UTF-16 or Windows-1252.")
    raise CardError("unreadable_file", detail, status=400)


def _encodings(content: bytes) -> list[str]:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return [encoding]
    # Every second byte of western text in UTF-16 is zero; in no other text is any.
    if content[1:2] == b"\0":
        return ["utf-16-le"]
    if content[:1] == b"\0":
        return ["utf-16-be"]
    return ["utf-8", "cp1252"]
