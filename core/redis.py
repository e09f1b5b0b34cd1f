"""The process's own connections to Redis, for what Django's cache has no verb for."""

from functools import cache

import redis
from django.conf import settings


@cache
def connection() -> redis.Redis:
    """A client with a pool; short time-outs, because no page waits for Redis to come back."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
