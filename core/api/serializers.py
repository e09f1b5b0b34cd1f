"""Bodies that say exactly what they may say."""

from collections.abc import Mapping
from threading import local
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

if TYPE_CHECKING:
    _Base = serializers.Serializer[Any]
else:
    _Base = object


class KnownKeysOnly(_Base):
    """Refuses every key that is not a field to be written, each with its own pointer."""

    def to_internal_value(self, data: Any) -> Any:
        strangers = self._strangers(data)
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            if isinstance(error.detail, dict):
                error.detail.update(strangers)
            raise
        if strangers:
            raise ValidationError(strangers)
        return values

    def _strangers(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return {}
        known = {field.field_name for field in self._writable_fields}
        return {key: [self._complaint(key)] for key in data if key not in known}

    def _complaint(self, key: str) -> ErrorDetail:
        if key in self.fields:
            return ErrorDetail(_("This is not yours to set."), code="read_only")
        return ErrorDetail(_("Unknown key."), code="unknown_key")


class StrictSerializer(KnownKeysOnly, serializers.Serializer[Any]):
    """The base of every body that comes in; nested ones are as strict by themselves."""


def checked(
    body: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False
) -> dict[str, Any]:
    """What the body says, by the words of its verb; ValidationError (400) with pointers if it is none."""
    if request.data is None:
        raise ValidationError([ErrorDetail(_("An object belongs here, not null."), code="null")])
    return dict(_reader(body, partial).run_validation(request.data))


class _Kept(local):
    def __init__(self) -> None:
        self.readers: dict[Any, serializers.Serializer[Any]] = {}


_kept = _Kept()


def _reader(body: type[serializers.Serializer[Any]], partial: bool) -> serializers.Serializer[Any]:
    """One that stays: to make it copies all its fields, which takes longer than to read the body.

    Each thread and language has its own, because a validator puts its message into words once, when it
    first refuses something, and not in a way that two threads could share.
    """
    key = body, partial, get_language()
    if key not in _kept.readers:
        _kept.readers[key] = body(partial=partial)
    return _kept.readers[key]
