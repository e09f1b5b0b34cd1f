"""Versions as entity tags: who changes what they saw before is told so (412)."""

from django.http import HttpRequest
from rest_framework.request import Request

NO_VERSION = 0  # versions count from 1: this one matches nothing


def etag_of(version: int) -> str:
    return f'"{version}"'


def expected_version(request: Request | HttpRequest) -> int | None:
    """The version that `If-Match` names; None where any will do, `NO_VERSION` for a tag of nobody's."""
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    digits = header[1:-1]
    if header != f'"{digits}"' or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        return NO_VERSION
    return int(digits)
