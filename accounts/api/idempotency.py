"""`Idempotency-Key`: the same call sent twice is done once and answered the same.

The work and its stored answer are one transaction, under an advisory lock of the key that ends with
it. So a process that dies in the middle leaves neither work nor a blocked key, and who finds the
lock taken knows that the first call is still at work.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b, sha256
from typing import cast

from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import IdempotencyKey, User
from core.clock import database_now
from core.errors import DomainError

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


class IdempotencyError(DomainError):
    """The key cannot be used, or not for this."""


def key_of(request: Request) -> str | None:
    """The key of this call, None without; 400 if it is not 1–255 printable ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise IdempotencyError(
            "invalid_key", _("An Idempotency-Key has 1 to 255 printable ASCII characters."), 400
        )
    return key


def answer_once(*, user: User, key: str, request: Request, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The stored answer to this key, or that of `work`, which is then stored.

    `work` returns a rendered response and leaves nothing behind when it is an error. A 5xx (an
    exception) and a 429 (come back later) are not stored. 409 while the first call is in flight,
    422 if the key was used for another call.
    """
    digest = digest_of(request)
    with transaction.atomic():
        _lock(user, key)
        if stored := _stored(user, key):
            return _replay(stored, digest)
        response = work()
        if response.status_code != 429:
            _store(user, key, digest, response)
        return response


def digest_of(request: Request) -> bytes:
    """What makes a call the same call: method, address with its query, and body."""
    call = f"{request.method} {request.get_full_path()}\n".encode()
    is_form = str(request.content_type).startswith("multipart/")
    return sha256(call + (_parts(request) if is_form else request.body)).digest()


def _parts(request: Request) -> bytes:
    """A form's parts without the boundary between them, which is another one at every try."""
    fields = cast(QueryDict, request.data)
    found = [f"{name}={fields.getlist(name)}".encode() for name in fields if name not in request.FILES]
    for name, file in request.FILES.items():
        found.append(f"{name}:{sha256(file.read()).hexdigest()}".encode())
        file.seek(0)
    return b"\n".join(sorted(found))


def _lock(user: User, key: str) -> None:
    number = blake2b(f"idempotency {user.pk} {key}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(number, "big", signed=True)])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise IdempotencyError(
            "in_flight", _("The first call with this key is still at work."), 409, retry_after=1
        )


def _stored(user: User, key: str) -> IdempotencyKey | None:
    found = IdempotencyKey.objects.filter(user=user, key=key).first()
    if found and found.created_at <= database_now() - KEPT:
        found.delete()
        return None
    return found


def _replay(stored: IdempotencyKey, digest: bytes) -> HttpResponse:
    if bytes(stored.request_digest) != digest:
        raise IdempotencyError("key_reused", _("This key was used for another call."), 422)
    response = HttpResponse(bytes(stored.body), status=stored.status, headers=stored.headers)
    response["Idempotent-Replayed"] = "true"
    return response


def _store(user: User, key: str, digest: bytes, response: HttpResponse) -> None:
    IdempotencyKey.objects.create(
        user=user,
        key=key,
        request_digest=digest,
        status=response.status_code,
        headers={name: response[name] for name in _KEPT_HEADERS if name in response},
        body=response.content,
        created_at=database_now(),
    )
