"""How often somebody may do something, counted in Redis by one script: exact for any number at once."""

import logging
from dataclasses import dataclass
from functools import cache

import redis

from core.redis import connection

log = logging.getLogger(__name__)

# Counts one call in the window that the first call opened. A call over the limit is not counted,
# so that hammering does not lengthen the wait. Returns what is left (-1: refused) and the
# milliseconds until the window closes.
_TAKE = """
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = tonumber(ARGV[1]) - count
local ends = redis.call('PTTL', KEYS[1])
if left <= 0 then
  return {-1, ends}
end
if count == 0 then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
  return {left - 1, tonumber(ARGV[2])}
end
redis.call('INCR', KEYS[1])
return {left - 1, ends}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`calls` in any window of `seconds` that the first of them opens; `name` is what clients read."""

    name: str
    calls: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Allowance:
    rate: Rate
    remaining: int
    reset: int  # whole seconds until the window closes
    allowed: bool

    def headers(self) -> dict[str, str]:
        """`RateLimit-Policy` and `RateLimit`, as the IETF draft writes them."""
        rate = self.rate
        return {
            "RateLimit-Policy": f'"{rate.name}";q={rate.calls};w={rate.seconds}',
            "RateLimit": f'"{rate.name}";r={self.remaining};t={self.reset}',
        }


def take(rate: Rate, who: str) -> Allowance:
    """Count one call of `who` against `rate`.

    Without Redis everything is allowed: a cache that restarts must not close the site.
    """
    try:
        left, milliseconds = _script()(keys=[_key(rate, who)], args=[rate.calls, rate.seconds * 1000])
    except redis.RedisError as error:
        log.warning("No rate limits while Redis is away: %s", error)
        return Allowance(rate, rate.calls, 0, allowed=True)
    return Allowance(rate, max(left, 0), -(-max(milliseconds, 0) // 1000), allowed=left >= 0)


def _key(rate: Rate, who: str) -> str:
    return f"rate:{rate.name}:{who}"


@cache
def _script() -> redis.commands.core.Script:
    return connection().register_script(_TAKE)
