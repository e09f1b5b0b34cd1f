"""Who stands at the door of the live socket, and whether they may stay."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import ApiToken, User


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user, and what their welcome hangs on: a browser session or an API token."""

    user_id: int
    session_key: str | None = None
    token_id: int | None = None


def is_still_welcome(visitor: Visitor) -> bool:
    """Whether the session or token still stands and the account is neither suspended nor gone."""
    now = timezone.now()
    user = User.objects.filter(pk=visitor.user_id, is_active=True, deleted_at=None).first()
    if user is None or user.is_suspended(now):
        return False
    if visitor.token_id is not None:
        return bool(ApiToken.objects.filter(pk=visitor.token_id, expiry__gt=now).exists())
    return Session.objects.filter(session_key=visitor.session_key, expire_date__gt=now).exists()
