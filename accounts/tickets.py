"""One-use tickets that open the live socket for a program: a token never stands in a URL."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from core.redis import connection

TICKET_LIFE = 30  # seconds


def issue_ticket(*, user_id: int, token_id: int | None) -> str:
    """A ticket for `user_id`, valid once within 30 seconds; `token_id` is whose end ends the socket."""
    ticket = secrets.token_urlsafe(32)
    connection().set(_key(ticket), f"{user_id}:{token_id or ''}", ex=TICKET_LIFE)
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
