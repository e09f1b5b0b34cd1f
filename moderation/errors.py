"""How moderation says no."""

from core.errors import DomainError


class ModerationError(DomainError):
    """A refusal by a rule of domain.md §8."""
