"""How a rule says no, in any room; translated once to problem+json and once to a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one part of the input.

    `pointer` is a JSON pointer into the body ("/proposer_offers/0/holding"), "" for the whole.
    """

    pointer: str
    code: str
    detail: str


@dataclass(eq=False)
class DomainError(Exception):
    """A refusal. Each room has its own subclass; `status` is the HTTP status it means.

    400 the input is wrong · 403 seen, but not yours to do · 404 unknown or hidden ·
    409 the state does not allow it · 412 seen in an older version · 429 too many for now ·
    503 what this needs is away for now.
    """

    code: str
    detail: str
    status: int = 409
    faults: Sequence[Fault] = ()
    retry_after: int | None = None  # seconds, with 429 and 503
    extra: dict[str, Any] = field(default_factory=dict)  # more members for the problem document

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
