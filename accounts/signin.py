"""Signing in with a password for a program, by the rules and limits of the pages."""

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import AccountError
from accounts.models import User
from core.clock import database_now

TRY_AGAIN_AFTER = 300  # seconds: the longer one of allauth's two windows for failed sign-ins


def authenticate(*, request: HttpRequest, login: str, password: str, otp: str) -> User:
    """The user these credentials belong to.

    AccountError 401 in the same words whatever is wrong, 429 after too many failures of one account
    or from one address (counted together with those on the sign-in page).
    """
    try:
        user: User | None = get_adapter().authenticate(request, username=login, password=password)
    except ValidationError as error:
        raise AccountError(
            "too_many_attempts",
            _("Too many failed sign-ins. Try again later."),
            429,
            retry_after=TRY_AGAIN_AFTER,
        ) from error
    if user is None or not _may_use_tokens(user) or not _passes_second_factor(user, otp):
        raise AccountError(
            "credentials_invalid", _("The name, the password or the one-time code is wrong."), 401
        )
    return user


def _may_use_tokens(user: User) -> bool:
    return user.is_active and not user.is_suspended(database_now())


def _passes_second_factor(user: User, otp: str) -> bool:
    if not is_mfa_enabled(user):
        return True
    return bool(AuthenticateForm(data={"code": otp}, user=user).is_valid())
