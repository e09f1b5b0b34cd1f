"""Answers with many rows: serializers that only read, and read fast."""

from collections.abc import Callable
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from django.db.models.manager import BaseManager
from rest_framework import serializers

# Their values are JSON already, as the database gives them.
_PLAIN = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.IntegerField,
    serializers.JSONField,
)


class Document(serializers.Serializer[Any]):
    """Declared like any serializer, so that the schema knows it; null stays null.

    REST framework copies every field for every answer and asks it of every row where its value is
    and how it looks. Here that is found out once and for all: twenty proposals with their lines
    take a tenth of the time.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: read(self, instance) for name, read in _readers(type(self))}

    @cached_property
    def _parts(self) -> dict[type["Document"], "Document"]:
        """The documents inside this one, which read the same context."""
        return {}

    def _part(self, kind: type["Document"]) -> "Document":
        if kind not in self._parts:
            self._parts[kind] = kind(context=self.context)
        return self._parts[kind]


Reader = Callable[[Document, Any], Any]  # of the document that shows, and of the row


@cache
def _readers(kind: type[Document]) -> list[tuple[str, Reader]]:
    return [(str(field.field_name), _reader(field)) for field in kind()._readable_fields]


def _reader(field: Any) -> Reader:
    """The shortest way from a row to what `field` shows of it."""
    if isinstance(field, serializers.SerializerMethodField):
        method: Reader = getattr(type(field.parent), str(field.method_name))
        return method
    get = attrgetter(field.source)
    if isinstance(field, _PLAIN):
        return lambda _document, row: get(row)
    if isinstance(field, Document):
        return _one(get, type(field))
    if isinstance(field, serializers.ListSerializer) and isinstance(field.child, Document):
        return _many(get, type(field.child))
    return _other(get, field.to_representation)


def _one(get: Callable[[Any], Any], kind: type[Document]) -> Reader:
    def read(document: Document, row: Any) -> Any:
        value = get(row)
        return None if value is None else document._part(kind).to_representation(value)

    return read


def _many(get: Callable[[Any], Any], kind: type[Document]) -> Reader:
    def read(document: Document, row: Any) -> Any:
        values = get(row)
        part = document._part(kind)
        rows = values.all() if isinstance(values, BaseManager) else values
        return [part.to_representation(value) for value in rows]

    return read


def _other(get: Callable[[Any], Any], show: Callable[[Any], Any]) -> Reader:
    def read(document: Document, row: Any) -> Any:
        value = get(row)
        return None if value is None else show(value)

    return read
