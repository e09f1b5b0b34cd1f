"""What an import would do, said before it does it; the binder's and the want list's are alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

from django.utils.translation import gettext as _

from accounts.models import User
from cards.errors import CardError
from cards.imports.rows import ReadFile, RowError
from core.errors import Fault

Mode = Literal["add", "replace"]
Outcome = Literal["created", "updated", "unchanged", "removed"]


class HasOutcome(Protocol):
    @property
    def outcome(self) -> Outcome: ...


Changed = TypeVar("Changed", bound=HasOutcome)


@dataclass(slots=True, kw_only=True)
class ImportPlan(Generic[Changed]):
    """One change for each row of the list, one error for each row of the file that is left out.

    `mode` add puts the file's copies to those that are there; replace makes the list what the
    file says, and takes out the rest only if every row of the file could be understood.
    """

    owner: User
    read: ReadFile
    mode: Mode
    changes: list[Changed] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of the file that say something, good or bad."""
        return len(self.read.rows) + len(self.read.errors)

    def count(self, outcome: Outcome) -> int:
        return sum(change.outcome == outcome for change in self.changes)

    def answer(self) -> dict[str, Any]:
        """The plan as the API tells it, before or after it was carried out."""
        return {
            "format": self.read.format,
            "rows": self.rows,
            "created": self.count("created"),
            "updated": self.count("updated"),
            "removed": self.count("removed"),
            "errors": [
                {"line": error.line, "code": error.code, "detail": error.detail} for error in self.errors
            ],
        }

    def refuse_errors(self) -> None:
        """Raise CardError `rows_refused` (400), with a fault for each, if any row has an error."""
        if self.errors:
            faults = [Fault(f"/{error.line}", error.code, error.detail) for error in self.errors]
            raise CardError("rows_refused", _("Some rows cannot be taken."), status=400, faults=faults)


def nothing_removed() -> RowError:
    detail = _("Nothing was taken out of the list, because not every row of the file was understood.")
    return RowError(0, "nothing_removed", detail)


def in_line_order(errors: Sequence[RowError]) -> list[RowError]:
    return sorted(errors, key=lambda error: error.line)
