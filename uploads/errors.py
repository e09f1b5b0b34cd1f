"""How uploads say no."""

from core.errors import DomainError


class UploadError(DomainError):
    """A photo that cannot be kept, or is not yours to use."""
