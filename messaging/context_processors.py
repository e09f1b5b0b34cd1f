"""The number beside the inbox."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from messaging.inbox import count_unread


def unread_conversations(request: HttpRequest) -> dict[str, Any]:
    """`unread_conversations`, counted by one query and only by a page that shows it."""
    return {"unread_conversations": SimpleLazyObject(lambda: _count(request))}


def _count(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    return count_unread(user) if isinstance(user, User) else 0
