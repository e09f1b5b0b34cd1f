"""One-use tickets that open the live socket for a program: a token never stands in a URL."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from redis import RedisError

from accounts.errors import AccountError
from core.redis import connection

TICKET_LIFE = 30  # seconds
RETRY_AFTER = 5  # seconds in which a Redis that restarts is back


def issue_ticket(*, user_id: int, token_id: int | None) -> str:
    """A ticket for `user_id`, valid once within 30 seconds; `token_id` is whose end ends the socket.

    Raises AccountError 503 while Redis, which keeps tickets, is away.
    """
    ticket = secrets.token_urlsafe(32)
    try:
        connection().set(_key(ticket), f"{user_id}:{token_id or ''}", ex=TICKET_LIFE)
    except RedisError as error:
        detail = _("No socket can be opened at the moment. Ask again.")
        raise AccountError("unavailable", detail, 503, retry_after=RETRY_AFTER) from error
    return ticket


def redeem_ticket(ticket: str) -> tuple[int, int | None] | None:
    """(user id, token id) of an unused ticket, which is used up by this; None for any other."""
    found: Any = connection().getdel(_key(ticket))
    if found is None:
        return None
    user_id, token_id = found.decode().split(":")
    return int(user_id), int(token_id) if token_id else None


def _key(ticket: str) -> str:
    return f"ticket:{sha256(ticket.encode()).hexdigest()}"
