"""A program that calls the API with its token."""

from typing import Any

import orjson
from django.test import Client

from accounts.models import Scope, User
from accounts.services import issue_token

API = "/api/v1"


class Program:
    """`program.post("/trades/", {...}, key="k1")`; bytes as a body are sent as they are."""

    def __init__(self, user: User | None = None, scopes: list[str] | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if user is not None:
            _token, key = issue_token(by=user, scopes=scopes or [Scope.READ, Scope.BINDER, Scope.TRADE])
            self.headers["Authorization"] = f"Token {key}"

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(API + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self._send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self._send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self._send("PATCH", path, body, **headers)

    def delete(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self._send("DELETE", path, body, **headers)

    def _send(
        self, method: str, path: str, body: Any, *, key: str | None = None, version: int | str | None = None
    ) -> Any:
        headers = dict(self.headers)
        if key is not None:
            headers["Idempotency-Key"] = key
        if version is not None:
            headers["If-Match"] = version if isinstance(version, str) else f'"{version}"'
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.client.generic(method, API + path, content, "application/json", headers=headers)
