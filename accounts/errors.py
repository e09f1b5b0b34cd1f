"""How accounts say no."""

from core.errors import DomainError


class AccountError(DomainError):
    """A refusal by a rule about people."""
