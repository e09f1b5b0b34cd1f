"""Who stands at the door of the live socket, and whether they may stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, QuerySet
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
    standing: QuerySet[ApiToken] | QuerySet[Session] = (
        _tokens([visitor.token_id], now)
        if visitor.token_id is not None
        else _sessions([visitor.session_key], now)
    )
    user = _people().filter(Exists(standing), pk=visitor.user_id).first()
    return user if user is not None and _is_welcome(visitor, user, now) else None


def guests_of(visitors: Collection[Visitor]) -> dict[Visitor, User]:
    """The same for many, in three queries: those who may stay."""
    now = timezone.now()
    tokens = set(_tokens([v.token_id for v in visitors], now).values_list("pk", flat=True))
    sessions = set(_sessions([v.session_key for v in visitors], now).values_list("pk", flat=True))
    standing = [v for v in visitors if v.token_id in tokens or v.session_key in sessions]
    people = _people().in_bulk({v.user_id for v in standing})
    return {
        visitor: user
        for visitor in standing
        if (user := people.get(visitor.user_id)) and _is_welcome(visitor, user, now)
    }


def _tokens(ids: Iterable[int | None], now: datetime) -> QuerySet[ApiToken]:
    found: QuerySet[ApiToken] = ApiToken.objects.filter(pk__in=ids, expiry__gt=now)
    return found


def _sessions(keys: Iterable[str | None], now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(pk__in=keys, expire_date__gt=now)


def _people() -> QuerySet[User]:
    return User.objects.filter(is_active=True, deleted_at=None)


def _is_welcome(visitor: Visitor, user: User, now: datetime) -> bool:
    return not user.is_suspended(now) and _is_of_this_password(visitor, user)


def _is_of_this_password(visitor: Visitor, user: User) -> bool:
    """Whether a session was begun with the present password; tokens are deleted with the old one."""
    if visitor.session_key is None:
        return True
    return constant_time_compare(visitor.session_hash, user.get_session_auth_hash())
