"""The API's part about people."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.base import ApiListView, ApiView
from accounts.api.serializers import (
    Credentials,
    NewToken,
    OwnProfile,
    ProfileChanges,
    PublicProfile,
    Ticket,
    Token,
)
from accounts.models import ApiToken, Scope, User
from accounts.reader import reader_of
from accounts.signin import authenticate
from accounts.tickets import TICKET_LIFE, issue_ticket
from core.api.schema import PROBLEM_TYPE, ProblemDocument
from core.api.serializers import checked


@method_decorator(never_cache, name="dispatch")
class Tokens(ApiListView):
    """Keys for programs."""

    serializer_class = Token
    idempotent_methods = frozenset()
    orderings = {"newest": ("-id",)}

    def get_permissions(self) -> Any:
        return [AllowAny()] if self._is_sign_in() else super().get_permissions()

    def get_authenticators(self) -> list[Any]:
        # The password is what signs in here; a stale token or cookie that comes along is no obstacle.
        return [] if self._is_sign_in() else super().get_authenticators()

    def _is_sign_in(self) -> bool:
        return getattr(self.request, "method", None) == "POST"  # the schema looks at views without a request

    def get_queryset(self) -> Any:
        return ApiToken.objects.filter(user=self.request.user)

    def get(self, request: Request) -> Response:
        """Your own tokens; the keys themselves are not kept anywhere."""
        return self.list(request)

    @extend_schema(request=Credentials, responses={201: NewToken})
    def post(self, request: Request) -> Response:
        """A new token for a name and a password; its key is shown this once."""
        given = checked(Credentials, request)
        user = authenticate(
            request=request._request,
            login=given["username"],
            password=given["password"],
            otp=given.get("otp", ""),
        )
        token, key = services.issue_token(
            by=user, scopes=given["scopes"], name=given.get("name", ""), expires_at=given.get("expires_at")
        )
        return Response(NewToken(token, context={"key": key}).data, status=201)


class TokenDetail(ApiView):
    required_scopes = {"DELETE": Scope.READ}
    idempotent_methods = frozenset()

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> HttpResponse:
        """End one of your tokens at once."""
        services.revoke_token(token_id=pk, by=reader_of(request))
        return HttpResponse(status=204)


class Me(ApiView):
    """Yourself."""

    required_scopes = {"PATCH": Scope.TRADE}

    @extend_schema(responses=OwnProfile)
    def get(self, request: Request) -> Response:
        """Your profile, your limits and what you show of yourself."""
        return Response(OwnProfile(reader_of(request)).data)

    @extend_schema(request=ProfileChanges, responses=OwnProfile)
    def patch(self, request: Request) -> Response:
        """Change what the body names."""
        changes = checked(ProfileChanges, request, partial=True)
        return Response(OwnProfile(services.update_profile(by=reader_of(request), changes=changes)).data)


class SocketTicket(ApiView):
    """The live socket for programs: a token never stands in an address."""

    required_scopes = {"POST": Scope.READ}
    idempotent_methods = frozenset()

    @extend_schema(request=None, responses={201: Ticket, (503, PROBLEM_TYPE[0]): ProblemDocument})
    def post(self, request: Request) -> Response:
        """A ticket for `/ws/me/?ticket=…`, good once within 30 seconds."""
        token_id = request.auth.pk if isinstance(request.auth, ApiToken) else None
        ticket = issue_ticket(user_id=reader_of(request).pk, token_id=token_id)
        return Response({"ticket": ticket, "expires_in": TICKET_LIFE}, status=201)


class Profile(ApiView):
    """Another trader."""

    @extend_schema(responses=PublicProfile)
    def get(self, request: Request, username: str) -> Response:
        """What everybody may know. Who blocked you, is banned or never was: the same 404."""
        user = get_object_or_404(User.objects.visible_to(request.user).named(username))
        return Response(PublicProfile(user).data)


class UserBlock(ApiView):
    """Nothing passes between you and a trader you have blocked."""

    required_scopes = {"PUT": Scope.TRADE, "DELETE": Scope.TRADE}

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, username: str) -> HttpResponse:
        """Block; a second time changes nothing. Open offers between the two are closed."""
        services.block_user(username=username, by=reader_of(request))
        return HttpResponse(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, username: str) -> HttpResponse:
        """Take the block back."""
        services.unblock_user(username=username, by=reader_of(request))
        return HttpResponse(status=204)
