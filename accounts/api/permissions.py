"""What a token may do: only what its scopes say, and a view says which it asks for."""

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope


class HasScope(BasePermission):
    """Signed in; and a token has the scope that the view's `required_scopes` names for the method.

    `required_scopes = {"POST": Scope.TRADE}`; reading asks for `read` unless it is named, and a
    change that is not named is closed to tokens. A browser's session may do all its user may do.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        method = request.method or "GET"
        if request.auth is None or not hasattr(view, method.lower()):  # the view will answer 405
            return True
        scope = scope_for(view, method)
        if scope is None or scope not in cast(ApiToken, request.auth).scopes:
            raise PermissionDenied(_refusal(scope), "insufficient_scope")
        return True


class HasScopeOrIsAnonymous(HasScope):
    """For what the whole world may read: also without any token."""

    allows_anonymous = True  # the schema says so

    def has_permission(self, request: Request, view: Any) -> bool:
        return not request.user.is_authenticated or super().has_permission(request, view)


def scope_for(view: Any, method: str) -> Scope | None:
    """The scope a token needs for `method` on `view`; None: no token will do."""
    required: Mapping[str, Scope] = getattr(view, "required_scopes", {})
    if method in SAFE_METHODS:
        return required.get("GET", Scope.READ)
    return required.get(method)


def _refusal(scope: Scope | None) -> str:
    if scope is None:
        return _("This needs a browser's session: no token may do it.")
    return _("This token lacks the scope %(scope)s.") % {"scope": scope.value}
