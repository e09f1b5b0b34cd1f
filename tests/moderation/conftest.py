"""The trades and the people of reputation's tests."""

from tests.reputation.conftest import done, moderator, swapped

__all__ = ["done", "moderator", "swapped"]
