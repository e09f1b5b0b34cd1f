"""The file between its preview and the confirmation: kept by the server, one for each trader and list.

The browser gets a token for it, not the file: what is confirmed is what was previewed, eight MiB
do not travel twice, and a second confirmation finds nothing left to add.
"""

import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.models import User
from cards.errors import CardError
from cards.imports.content import MOST_BYTES

List = Literal["binder", "wants"]
KEPT_FOR = 3_600  # seconds


def keep_upload(*, owner: User, of: List, content: bytes | str) -> str:
    """Keep `content` for an hour; the token to ask for it. An earlier one of the same list goes."""
    data = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    if len(data) > MOST_BYTES:
        raise CardError("too_large", _("A file may have 8 MiB, also after unpacking."), status=413)
    token = secrets.token_urlsafe(16)
    cache.set(_key(owner, of), (token, zlib.compress(data, 1)), KEPT_FOR)
    return token


def kept_upload(*, owner: User, of: List, token: str) -> bytes:
    """The upload, still kept. CardError 409 `upload_expired`."""
    kept_token, data = cache.get(_key(owner, of)) or ("", b"")
    if not kept_token or not secrets.compare_digest(kept_token.encode(), token.encode()):
        raise _expired()
    return zlib.decompress(data)


@contextmanager
def confirmed_upload(*, owner: User, of: List, token: str) -> Iterator[bytes]:
    """The upload, for the one confirmation that gets it; kept on if the block fails.

    CardError 409 `upload_expired`, also for the second of two confirmations at once.
    """
    content = kept_upload(owner=owner, of=of, token=token)
    if not cache.delete(_key(owner, of)):
        raise _expired()
    try:
        yield content
    except BaseException:
        cache.set(_key(owner, of), (token, zlib.compress(content, 1)), KEPT_FOR)
        raise


def _key(owner: User, of: List) -> str:
    return f"import:{of}:{owner.pk}"


def _expired() -> CardError:
    detail = _("This preview has expired or was already confirmed: choose the file again.")
    return CardError("upload_expired", detail)
