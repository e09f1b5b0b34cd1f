"""Who calls the API: a program with its token, or a browser with its session."""

from datetime import datetime
from functools import cache

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.services import note_token_use
from core.clock import clock_offset, database_now
from core.errors import DomainError
from core.prepared import columns_of, made, rows_of

TOKEN_LENGTH = 64


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox ships no types
    """`Authorization: Token …`. Whatever is wrong with it, the answer is one and the same 401."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = _find(token)
        if found is None or _has_ended(*found):
            raise exceptions.AuthenticationFailed(_("This token is unknown or has ended."), "token_invalid")
        known, now = found
        note_token_use(token=known, now=now)
        return known.user, known


def _find(token: bytes) -> tuple[ApiToken, datetime] | None:
    """The token with its user, and the moment it was looked up; one query, none for what cannot be one."""
    # Compared by its digest in the index: who could time that would still have to find the token.
    if len(token) == TOKEN_LENGTH and token.isalnum():
        digest = hash_token(token.decode("ascii"))
        for now, *columns in rows_of(_select(), {"digest": digest, "offset": clock_offset()}):
            width = len(ApiToken._meta.concrete_fields)
            found = made(ApiToken, columns[:width])
            found.user = made(User, columns[width:])
            return found, now
    return None


@cache
def _select() -> str:
    return f"""
        SELECT clock_timestamp() + %(offset)s, {columns_of(ApiToken, "t")}, {columns_of(User, "u")}
        FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id WHERE t.digest = %(digest)s
    """  # noqa: S608  (columns of our own)


def _has_ended(token: ApiToken, now: datetime) -> bool:
    user = token.user
    return (token.expiry is not None and token.expiry <= now) or not user.is_active or user.is_suspended(now)


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with its CSRF token on every call that changes something."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found and found[0].is_suspended(database_now()):
            raise DomainError(
                "suspended", _("This account is suspended; what is left to it is on the pages."), 403
            )
        return found

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(
                _("The CSRF token is missing or wrong."), "csrf_failed"
            ) from error
