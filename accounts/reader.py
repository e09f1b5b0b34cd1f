"""Who reads a page or calls the API, where only members come in."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def reader_of(request: HttpRequest | Request) -> User:
    """The user of a request that `login_required` or the API's permissions let through."""
    assert isinstance(request.user, User)  # noqa: S101  (nobody else gets past the door)
    return request.user
