"""A view that does real work, to see what an Idempotency-Key makes of it."""

import threading

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.base import ApiView
from accounts.models import Scope
from accounts.reader import reader_of
from core.errors import DomainError

working = threading.Event()  # set once a slow call is at work
finish = threading.Event()  # set to let it go on


class Probe(ApiView):
    """POST issues a token named by the body; some names end badly, one is slow."""

    required_scopes = {"POST": Scope.TRADE}

    def post(self, request: Request) -> Response:
        name = str(request.data.get("name", ""))
        token, _key = services.issue_token(by=reader_of(request), scopes=["read"], name=name)
        match name:
            case "conflict":
                raise DomainError("no_luck", "No luck.", 409)
            case "limit":
                raise DomainError("too_many", "Later.", 429, retry_after=60)
            case "bug":
                raise RuntimeError
            case "slow":
                working.set()
                finish.wait(10)
        return Response({"id": token.pk}, status=201, headers={"Location": f"/tokens/{token.pk}/"})

    def put(self, request: Request) -> Response:
        return Response({"given": request.data})


urlpatterns = [path("api/v1/probe/", Probe.as_view())]
