"""Who stands at the door of the live socket, and whether they may stay."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db.models import Exists
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import ApiToken, Scope, User


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user, and what their welcome hangs on: a browser session or an API token."""

    user_id: int
    session_key: str | None = None
    session_hash: str = ""  # changes with the password, while the session's row may stay
    token_id: int | None = None
    may_chat: bool = True  # a token only with that scope, which never changes


def visitor_with_session(user: User, session_key: str | None) -> Visitor | None:
    """The visitor that a session makes which has just been verified."""
    if session_key is None:
        return None
    return Visitor(user.pk, session_key=session_key, session_hash=user.get_session_auth_hash())


def visitor_with_token(user_id: int, token_id: int) -> Visitor | None:
    """The visitor that a token of `user_id` makes; None where it has been revoked."""
    scopes = ApiToken.objects.filter(pk=token_id, user=user_id).values_list("scopes", flat=True).first()
    if scopes is None:
        return None
    return Visitor(user_id, token_id=token_id, may_chat=Scope.MESSAGE in scopes)


def guest_of(visitor: Visitor) -> User | None:
    """The user, if the session or token still stands and the account is neither suspended nor gone."""
    now = timezone.now()
    standing = (
        ApiToken.objects.filter(pk=visitor.token_id, expiry__gt=now)
        if visitor.token_id is not None
        else Session.objects.filter(session_key=visitor.session_key, expire_date__gt=now)
    )
    present = User.objects.filter(pk=visitor.user_id, is_active=True, deleted_at=None)
    user = present.filter(Exists(standing)).first()
    if user is None or user.is_suspended(now) or not _is_of_this_password(visitor, user):
        return None
    return user


def _is_of_this_password(visitor: Visitor, user: User) -> bool:
    """Whether a session was begun with the present password; tokens are deleted with the old one."""
    if visitor.session_key is None:
        return True
    return constant_time_compare(visitor.session_hash, user.get_session_auth_hash())
