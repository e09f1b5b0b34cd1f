"""What every view of the API stands on: bounded bodies, keys honoured, limits told."""

from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.idempotency import answer_once, key_of
from accounts.models import Scope
from accounts.reader import reader_of
from core.api.parsers import MIB, take_body
from core.api.problems import problem_of

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiRules(APIView):
    """Mixed into every view; a view says only where it differs.

    `required_scopes`: method → scope of a token. `idempotent_methods`: where `Idempotency-Key` is
    honoured. `body_limit`: bytes.
    """

    required_scopes: ClassVar[dict[str, Scope]] = {}
    idempotent_methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    body_limit: ClassVar[int] = MIB

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        takes_body = request.method in _UNSAFE
        if takes_body:  # before the session's CSRF check could read it
            take_body(request._request, self.body_limit)
        super().initial(request, *args, **kwargs)
        name = str(request.method).lower()
        if takes_body and hasattr(self, name):
            _ = request.data  # a body that cannot be read is refused before anything is looked at
            if request.user.is_authenticated and request.method in self.idempotent_methods:
                self._honour_key(request, name)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if allowance := getattr(request._request, "allowance", None):
            for name, value in allowance.headers().items():
                response[name] = value
        return response

    def _honour_key(self, request: Request, name: str) -> None:
        if (key := key_of(request)) is not None:
            # REST framework looks the handler up after `initial`, on the instance.
            setattr(self, name, partial(self._answer_once, key, getattr(self, name)))

    def _answer_once(
        self, key: str, handler: Any, request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        work = partial(self._answer, handler, request, *args, **kwargs)
        return answer_once(user=reader_of(request), key=key, request=request, work=work)

    def _answer(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The handler's answer ready to be stored; an error's work is undone, a bug goes through."""
        try:
            with transaction.atomic():
                response = handler(request, *args, **kwargs)
        except Exception as error:
            if problem_of(error) is None:
                raise
            response = self.handle_exception(error)
        response = self.finalize_response(request, response, *args, **kwargs)
        rendered: HttpResponse = response.render() if isinstance(response, Response) else response
        return rendered


class ApiView(ApiRules):
    """One address with handlers of its own."""


class ApiListView(ApiRules, ListModelMixin, GenericAPIView[Any]):
    """A queryset with filters and cursor pages; `list` answers a GET."""
