"""How often something may be done: counts in fixed windows, shared by all web processes through Redis.

What is counted is known by a keyed hash only. While Redis is away each process counts for itself: limits are then wider
by the number of processes, and nobody is turned away for a broken broker.
"""

import time
from collections import Counter
from functools import lru_cache

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from mailer.jobs import redis_url
from mailer.tokens import hash_address

_own: Counter[str] = Counter()
MOST_OWN = 100_000


def take(what: str, who: str, *, at_most: int, seconds: int) -> bool:
    """Count one more `what` by `who` in this window; False when there were `at_most` before it."""
    return _count(_key(what, who, seconds), seconds) <= at_most


def take_once(what: str, who: str, *, seconds: int) -> bool:
    """Tell whether this is the first time; remembered for so many seconds from the last one."""
    return _count(f"mailer:once:{what}:{hash_address(f'{what} {who}').hex()}", seconds) == 1


def look(what: str, who: str, *, seconds: int) -> int:
    """Return how many `take` counted in this window."""
    key = _key(what, who, seconds)
    try:
        return int(_client().get(key) or 0)
    except RedisError:
        return _own[key]


def forget() -> None:
    """Begin anew, for tests: the connection and this process's own counts."""
    _own.clear()
    _client.cache_clear()


def _key(what: str, who: str, seconds: int) -> str:
    window = int(time.time()) // seconds
    return f"mailer:limit:{what}:{hash_address(f'{what} {who}').hex()}:{window}"


def _count(key: str, seconds: int) -> int:
    try:
        with _client().pipeline(transaction=True) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, seconds)
            return int(pipeline.execute()[0])
    except RedisError:
        if len(_own) > MOST_OWN:
            _own.clear()
        _own[key] += 1
        return _own[key]


@lru_cache(maxsize=1)
def _client() -> Redis:
    return Redis.from_url(redis_url(), socket_timeout=0.3, socket_connect_timeout=0.3, retry=Retry(NoBackoff(), 0))
