"""How the binder says no."""

from core.errors import DomainError


class CardError(DomainError):
    """A refusal of the cards room; codes and statuses as in `core.errors`."""
