"""How reputation says no."""

from core.errors import DomainError


class ReputationError(DomainError):
    """A refusal by a rule of domain.md §6."""
