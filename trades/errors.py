"""How trades say no."""

from core.errors import DomainError


class TradeError(DomainError):
    """A refusal by a rule of domain.md §3."""
