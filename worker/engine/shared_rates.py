"""Rates that all workers share, through Redis: a token bucket for each name, and the domains that are being slowed.

Time is Redis' own, so that clocks of hosts may differ. While Redis is away each process keeps to its share of every
rate by itself, says so once, and looks every few seconds whether Redis is back.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from worker.engine.bucket import Bucket
from worker.engine.slowing import RECOVERY_SECONDS, Slowing, slow_down
from worker.engine.stock import Grant

log = logging.getLogger(__name__)

AWAY_SECONDS = 5.0
_TIMEOUT_SECONDS = 1.0
_CONNECTIONS = 4
_SLOWED = "mailer:slowed"
# A bucket that nobody asks is full after a while, and then as good as none: it expires. `bucket.Bucket` says the same.
_DRAW = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local wanted, spent = tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate) - spent
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {granted, string.format('%.6f', math.max(0, (1 - tokens) / rate))}
"""


class SharedRates:
    """The rates as this process sees them. One event loop owns it."""

    def __init__(self, url: str, shares: int) -> None:
        """`shares` is how many processes divide a rate while Redis is away."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_TIMEOUT_SECONDS * 2,
            decode_responses=True,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis = Redis.from_pool(pool)
        self._draw = self._redis.register_script(_DRAW)
        self._shares = shares
        self._buckets: dict[str, Bucket] = {}
        self._away_until = 0.0

    async def draw(self, name: str, rate: float, wanted: int, spent: int) -> Grant:
        """Take up to `wanted` permits of `rate` per second, and `spent` that were used already."""
        if self._is_there():
            try:
                burst = Bucket.full(rate, 0).tokens
                answer = await self._draw([f"mailer:rate:{name}"], [rate, burst, wanted, spent])
                self._note_there()
                return _grant(int(answer[0]), float(answer[1]), rate)
            except (RedisError, OSError) as error:
                self._note_away(error)
        return self._draw_alone(name, rate / self._shares, wanted, spent)

    async def slow(self, name: str, present_rate: float, known: Slowing | None) -> Slowing:
        """Slow a name down for all workers; return how it is slowed, in this process' monotonic time."""
        if self._is_there():
            try:
                found = await self._redis.transaction(
                    lambda pipe: _slow(pipe, name, present_rate), _SLOWED, value_from_callable=True
                )
                self._note_there()
                slowing, now = found
                return _shift(slowing, time.monotonic() - now)
            except (RedisError, OSError) as error:
                self._note_away(error)
        return slow_down(known, present_rate, time.monotonic())

    async def read_slowed(self) -> Mapping[str, Slowing] | None:
        """Return what all workers slow, in this process' monotonic time; None when Redis is away."""
        if not self._is_there():
            return None
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.time()
                pipe.hgetall(_SLOWED)
                moment, entries = await pipe.execute()
            self._note_there()
        except (RedisError, OSError) as error:
            self._note_away(error)
            return None
        shift = time.monotonic() - _seconds(moment)
        return {name: _shift(_read(entry), shift) for name, entry in entries.items()}

    async def close(self) -> None:
        await self._redis.aclose()

    def _draw_alone(self, name: str, rate: float, wanted: int, spent: int) -> Grant:
        now = time.monotonic()
        bucket = self._buckets.get(name) or Bucket(0.0, now)
        self._buckets[name], granted = bucket.draw(rate, wanted, spent, now)
        return _grant(granted, self._buckets[name].wait(rate), rate)

    def _is_there(self) -> bool:
        return time.monotonic() >= self._away_until

    def _note_there(self) -> None:
        if self._away_until:
            log.info("Redis is back: rates are shared again")
            self._away_until = 0.0
            self._buckets.clear()

    def _note_away(self, error: Exception) -> None:
        if not self._away_until:
            log.warning("Redis is away, each process keeps to 1/%s of every rate: %s", self._shares, error)
        self._away_until = time.monotonic() + AWAY_SECONDS


async def _slow(pipe: Pipeline, name: str, present_rate: float) -> tuple[Slowing, float]:
    """Change one entry, and take out those that are over; the caller's transaction tries again after a race."""
    found: dict[Any, Any] = await pipe.hgetall(_SLOWED)
    entries = {key: _read(entry) for key, entry in found.items()}
    now = _seconds(await pipe.time())
    slowing = slow_down(entries.get(name), present_rate, now)
    over = [key for key, entry in entries.items() if entry.is_over(now) and key != name]
    pipe.multi()  # type: ignore[no-untyped-call]  # redis-py says nothing of it
    pipe.hset(_SLOWED, name, f"{slowing.rate} {slowing.before} {slowing.at}")
    pipe.expire(_SLOWED, RECOVERY_SECONDS)  # by then all of them are over
    if over:
        pipe.hdel(_SLOWED, *over)
    return slowing, now


def _grant(count: int, wait: float, rate: float) -> Grant:
    # A token of a slow rate is worth keeping until the next one comes.
    return Grant(count, wait, lasts=max(1.0, 1 / rate))


def _read(entry: str) -> Slowing:
    rate, before, at = map(float, entry.split())
    return Slowing(rate, before, at)


def _shift(slowing: Slowing, seconds: float) -> Slowing:
    return Slowing(slowing.rate, slowing.before, slowing.at + seconds)


def _seconds(moment: Any) -> float:  # noqa: ANN401 - redis' own type, (seconds, microseconds)
    return float(moment[0] + moment[1] / 1_000_000)
