"""Every "no" of the API in one shape: RFC 9457, `application/problem+json`."""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, IntegrityError
from django.db.utils import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from rest_framework import exceptions
from rest_framework.settings import api_settings

from core.api.parsers import join
from core.errors import DomainError, Fault

log = logging.getLogger(__name__)

# What `type` points to: a section of the page that explains the problems (core/api/docs.py).
TYPE = "/api/problems/#{anchor}"
ANCHORS: dict[int, str] = {
    400: "invalid",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "stale",
    413: "too-large",
    415: "unsupported-media-type",
    422: "key-reused",
    429: "too-many",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document and the headers it travels with."""

    status: int
    code: str
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            **self.extra,
            "type": TYPE.format(anchor=ANCHORS[self.status]) if self.status in ANCHORS else "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [
                {"pointer": fault.pointer, "code": fault.code, "detail": str(fault.detail)}
                for fault in self.faults
            ],
        }

    def response(self) -> HttpResponse:
        body = orjson.dumps(self.document(), default=str)
        response = HttpResponse(body, status=self.status, content_type="application/problem+json")
        response["Cache-Control"] = "no-store"
        for name, value in self.headers.items():
            response[name] = value
        return response


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """What REST framework calls for whatever a view raised; None lets a bug be a bug (and a 500)."""
    problem = problem_of(exception)
    return problem.response() if problem else None


def problem_of(exception: Exception) -> Problem | None:
    match exception:
        case DomainError():
            return _of_domain_error(exception)
        case exceptions.ValidationError():
            faults = list(faults_of(exception.detail))
            return Problem(400, "invalid", _("The request is not valid."), faults)
        case exceptions.APIException():
            return _of_api_exception(exception)
        case Http404():
            return not_found()
        case PermissionDenied():
            return Problem(403, "forbidden", str(exception) or _("This is not yours to do."))
        case ModelValidationError():
            faults = list(faults_of_model(exception))
            return Problem(400, "invalid", _("The request is not valid."), faults)
        case RequestDataTooBig() | TooManyFilesSent():
            return Problem(413, "too_large", _("The body is too large."))
        case SuspiciousOperation():
            return Problem(400, "malformed", _("The request cannot be read."))
        case _:
            return _of_database_error(exception)


def not_found() -> Problem:
    """One answer for the unknown and the hidden, whatever the reason."""
    return Problem(404, "not_found", _("There is nothing here, or nothing that you may see."))


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _of_domain_error(error: DomainError) -> Problem:
    if error.status == 404:
        return not_found()
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Problem(error.status, error.code, str(error.detail), error.faults, headers, error.extra)


def _of_api_exception(error: exceptions.APIException) -> Problem:
    if error.status_code == 404:
        return not_found()
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    detail = error.detail
    code = getattr(detail, "code", error.default_code)
    return Problem(error.status_code, str(code), str(detail), headers=headers)


def _of_database_error(error: Exception) -> Problem | None:
    """The last net under the rules in Python: it holds, and the log says that it was needed."""
    match error.__cause__:
        case DeadlockDetected() | LockNotAvailable() | SerializationFailure() if isinstance(
            error, OperationalError
        ):
            detail = _("Somebody else was changing the same thing. Please try again.")
            return Problem(409, "busy", detail, headers={"Retry-After": "1"})
    match error:
        case IntegrityError():
            log.error("The database refused what the code let through", exc_info=error)
            return Problem(409, "conflict", _("This does not fit what is already stored."))
        case DataError():
            log.error("The database could not store what the code let through", exc_info=error)
            return Problem(400, "invalid", _("A value cannot be stored."))
    return None


def faults_of(detail: Any, pointer: str = "") -> Iterator[Fault]:
    """REST framework's tree of complaints as a flat list with JSON pointers.

    In a GET, which has no body, the pointers are the names of query parameters: "/page_size".
    """
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            here = pointer if key == api_settings.NON_FIELD_ERRORS_KEY else join(pointer, key)
            yield from faults_of(inner, here)
    elif isinstance(detail, (list, tuple)):
        for index, inner in enumerate(detail):
            # A list of texts complains about one value, a list of trees about the members of one.
            is_member = isinstance(inner, (Mapping, list, tuple))
            yield from faults_of(inner, join(pointer, index) if is_member else pointer)
    else:
        yield Fault(pointer, str(getattr(detail, "code", "invalid")), str(detail))


def faults_of_model(error: ModelValidationError) -> Iterator[Fault]:
    if hasattr(error, "error_dict"):
        for name, complaints in error.error_dict.items():
            pointer = "" if name == "__all__" else join("", name)
            for complaint in complaints:
                yield Fault(pointer, complaint.code or "invalid", " ".join(complaint.messages))
    else:
        for complaint in error.error_list:
            yield Fault("", complaint.code or "invalid", " ".join(complaint.messages))
