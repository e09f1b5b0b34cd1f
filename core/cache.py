"""The cache, which nobody has to wait for while Redis is away."""

from typing import Any

from django_redis.cache import RedisCache


class ForgivingCache(RedisCache):  # type: ignore[misc]  # ships no types
    """Redis by django-redis, told to pass over errors of the connection."""

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Whether the key is new. Sign-in takes a lock this way; without an answer it refuses everybody."""
        is_new: bool | None = super().add(*args, **kwargs)
        return True if is_new is None else is_new
