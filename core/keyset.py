"""Lists in pages that neither skip nor repeat a row while others are added: keyset pagination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Field, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


class CursorError(ValueError):
    """Not a cursor of this list in this order."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None  # cursors, signed: a client can only send back what it was given
    previous: str | None


def page_of(
    rows: QuerySet[Row],
    *,
    ordering: Sequence[str],
    size: int,
    cursor: str | None = None,
    parts: Sequence[Q] = (),
) -> Page[Row]:
    """The page of `rows` at `cursor` (the first one without), `size` rows at most.

    `ordering` are non-null columns or annotations, "-" for descending, the last one unique. One query.
    `parts`, where given, split `rows` so that each can be read along an index of its own: for an OR
    the planner reads everybody's rows in order, or sorts all that match.
    """
    keyset = _Keyset(rows, ordering, parts)
    backwards, after = keyset.read(cursor) if cursor else (False, None)
    found = keyset.select(after, backwards, size + 1)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else cursor is not None)
    return Page(
        found,
        next=keyset.write(found[-1], backwards=False) if has_next else None,
        previous=keyset.write(found[0], backwards=True) if has_previous else None,
    )


class _Keyset(Generic[Row]):
    def __init__(self, rows: QuerySet[Row], ordering: Sequence[str], parts: Sequence[Q]) -> None:
        self.rows = rows
        self.parts = parts or [Q()]
        self.keys = [(name.removeprefix("-"), name.startswith("-")) for name in ordering]
        self.fields = [self._field(name) for name, _descending in self.keys]
        self.signer = Signer(salt=f"cursor:{rows.model._meta.label_lower}:{','.join(ordering)}")

    def select(self, after: list[Any] | None, backwards: bool, count: int) -> list[Row]:
        """Picked by their keys alone, so that what is shown of them is joined to `count` rows and no more."""
        beyond = Q() if after is None else self._beyond(after, backwards)
        order = self._order(backwards)
        first, *others = (
            self.rows.filter(part, beyond).order_by(*order).values("pk")[:count] for part in self.parts
        )
        picked = first.union(*others, all=True) if others else first
        return list(self.rows.filter(pk__in=picked).order_by(*order)[:count])

    def read(self, cursor: str) -> tuple[bool, list[Any]]:
        try:
            backwards, values = self.signer.unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise CursorError from error
        return backwards, [field.to_python(value) for field, value in zip(self.fields, values, strict=True)]

    def write(self, row: Row, *, backwards: bool) -> str:
        values = [self._text(getattr(row, name)) for name, _descending in self.keys]
        return self.signer.sign_object([backwards, values])

    def _field(self, name: str) -> Field[Any, Any]:
        annotation = self.rows.query.annotations.get(name)
        return annotation.output_field if annotation else self.rows.model._meta.get_field(name)  # type: ignore[return-value]

    def _order(self, backwards: bool) -> list[str]:
        return [f"-{name}" if descending != backwards else name for name, descending in self.keys]

    def _beyond(self, after: list[Any], backwards: bool) -> Q:
        """(a, b) < (x, y) spelled out, as the columns may run in different directions."""
        beyond, equal = Q(), Q()
        for (name, descending), value in zip(self.keys, after, strict=True):
            comparison = "lt" if descending != backwards else "gt"
            beyond |= equal & Q(**{f"{name}__{comparison}": value})
            equal &= Q(**{name: value})
        # Said once more for the first column alone: PostgreSQL starts its index scan there.
        (first, descending), value = self.keys[0], after[0]
        bound = "lte" if descending != backwards else "gte"
        return Q(**{f"{first}__{bound}": value}) & beyond

    @staticmethod
    def _text(value: Any) -> Any:
        return value if isinstance(value, int) else str(value)
