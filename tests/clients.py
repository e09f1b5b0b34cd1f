"""A program that speaks to the API: a token, JSON both ways."""

import json
from typing import Any

from django.test import Client

from accounts.models import Scope, User
from accounts.services import issue_token

V1 = "/api/v1"


class Api(Client):
    """`Api(alice).post("/trades/", {...})`; without a user it comes without a token.

    A dict or list is sent as JSON, a str or bytes as they are. `key` is the Idempotency-Key.
    """

    def __init__(self, user: User | None = None, scopes: list[str] | None = None) -> None:
        super().__init__()
        if user is not None:
            _token, key = issue_token(by=user, scopes=scopes or Scope.values)
            self.defaults["HTTP_AUTHORIZATION"] = f"Token {key}"

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        data = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            extra["Idempotency-Key"] = key
        return self.generic(method, V1 + path, data, "application/json", headers=extra)

    def get(self, path: str, **headers: str) -> Any:  # type: ignore[override]
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return self.call("DELETE", path, body, **options)


def problem(response: Any) -> tuple[int, str, list[tuple[str, str]]]:
    """(status, code, [(pointer, code), …]) of a problem document, after checking its shape."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    assert {"type", "title", "status", "detail", "code", "errors"} <= set(document)
    faults = [(fault["pointer"], fault["code"]) for fault in document["errors"]]
    return response.status_code, document["code"], faults
