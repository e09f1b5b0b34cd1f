"""How the signals bridge says no."""

from core.errors import DomainError


class SignalError(DomainError):
    """A refusal by a rule of domain.md §7."""
