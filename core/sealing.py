"""What must not be readable in the database or in its backups, encrypted with keys from the environment."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

BadSeal = InvalidToken  # no key of ours opens it


def seal(content: dict[str, Any]) -> bytes:
    """`content` as JSON, encrypted and signed with the first key."""
    return _keyring().encrypt(orjson.dumps(content))


def unseal(sealed: bytes) -> dict[str, Any]:
    """What was sealed, with any of the keys. Raises BadSeal where none fits."""
    content: dict[str, Any] = orjson.loads(_keyring().decrypt(sealed))
    return content


def reseal(sealed: bytes) -> bytes:
    """The same content under the first key: after a new key was put before the old ones."""
    return _keyring().rotate(sealed)


def _keyring() -> MultiFernet:
    return _keyring_of(tuple(settings.FIELD_KEYS), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _keyring_of(keys: tuple[str, ...], secrets: tuple[str, ...]) -> MultiFernet:
    # The derived keys stay behind those of FIELD_KEYS: what was sealed before there were any still opens.
    return MultiFernet([*map(Fernet, keys), *map(_derived, secrets)])


def _derived(secret: str) -> Fernet:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tradepost sealed fields")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(secret.encode())))
