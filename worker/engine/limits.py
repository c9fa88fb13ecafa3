"""How fast mails may go out: by relay and by the reader's domain on it, shared by all workers.

    wait = limits.try_take(relay.key, "gmail.com")   # 0.0: now; else seconds until it is worth asking again
    limits.throttled(relay.key, "gmail.com")         # the relay said "too fast": 421, 454, 4.7.x

What is not limited costs a look into a dict. What is, is taken from Redis a tenth of a second's worth at a time
(`stock`, `shared_rates`). A domain that a relay is told to go slower with is slowed there and nowhere else, in all
workers, within a second; time lets it recover, so nobody needs to report what was accepted.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mailer.config import get_settings
from mailer.jobs import redis_url
from mailer.relays.rates import DomainRates, parse_domain_rates
from mailer.relays.terms import RelayOption
from worker.engine.bucket import block_of
from worker.engine.shared_rates import SharedRates
from worker.engine.slowing import SETTLE_SECONDS, Slowing
from worker.engine.stock import Grant, Stock, take_of_all

LOOK_SECONDS = 1.0
_WINDOW_SECONDS = 10.0


@dataclass(slots=True)
class _Entry:
    """What a mail from one relay to one domain has to be taken from, and how many were since it `began`."""

    name: str
    stocks: tuple[Stock, ...]
    taken: int = 0
    began: float = field(default_factory=time.monotonic)


def make_limits() -> "Limits":
    """Return the limits that the settings ask for; RefusedError when they cannot be read."""
    settings = get_settings()
    shares = settings.resolved_rate_shares
    return Limits(SharedRates(redis_url(), shares), parse_domain_rates(settings.domain_rates), shares)


class Limits:
    """The limits of this process. One event loop owns it; `start` before use, `close` at the end."""

    def __init__(self, shared: SharedRates, rates: DomainRates, shares: int) -> None:
        self._shared, self._rates, self._shares = shared, rates, shares
        self._relays: dict[str, float] = {}
        self._stocks: dict[str, Stock] = {}
        self._slowed: dict[str, Slowing] = {}
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._former: dict[tuple[str, str], _Entry] = {}
        self._window_at = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def start(self) -> None:
        """Begin to follow what other workers slow."""
        self._begin(self._follow())

    async def close(self) -> None:
        """End what is on its way. Nothing is cancelled: redis-py has been seen to swallow that."""
        self._closing.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stock in self._stocks.values():
            await stock.close()
        await self._shared.close()

    def set_relays(self, options: Iterable[RelayOption]) -> None:
        """Take the rates of relays as they are now; called at the start of every slice."""
        for option in options:
            per_second = option.terms.per_second
            if per_second == self._relays.get(option.key):
                continue
            if per_second is None:
                del self._relays[option.key]
            else:
                self._relays[option.key] = per_second
            self._resolve_anew({option.key})

    def try_take(self, relay_key: str, domain: str) -> float:
        """Return 0.0 when a mail may go to `domain` over the relay now, else seconds until it is worth asking again.

        0.0 is a permit that is spent, whatever becomes of the mail.
        """
        entry = self._entries.get((relay_key, domain)) or self._enter(relay_key, domain)
        if entry.stocks and (wait := take_of_all(entry.stocks)):
            return wait
        entry.taken += 1
        return 0.0

    def wait_of(self, relay_key: str) -> float:
        """Return seconds until a relay may get another mail, to whomever; 0.0 when now. Nothing is spent."""
        return self._stock(relay_key).wait(time.monotonic()) if relay_key in self._relays else 0.0

    def throttled(self, relay_key: str, domain: str) -> None:
        """Halve the rate to a domain over a relay, in all workers; many answers within seconds halve it once."""
        name = self._name(relay_key, domain)
        known = self._slowed.get(name)
        if known is None or time.monotonic() - known.at >= SETTLE_SECONDS:
            self._begin(self._slow(name))

    def _enter(self, relay_key: str, domain: str) -> _Entry:
        name = self._name(relay_key, domain)
        entry = self._entries[relay_key, domain] = _Entry(name, self._find_stocks(relay_key, name))
        return entry

    def _name(self, relay_key: str, domain: str) -> str:
        return f"{relay_key} {self._rates.provider_of(domain)}"

    def _find_stocks(self, relay_key: str, name: str) -> tuple[Stock, ...]:
        return tuple(self._stock(one) for one in (relay_key, name) if self._rate_of(one) is not None)

    def _stock(self, name: str) -> Stock:
        """Return the stock of a relay or of a domain on it. The first mail goes out on credit: most domains get few."""
        if name not in self._stocks:
            self._stocks[name] = Stock(partial(self._draw, name), block_of(self._rate_of(name) or 1), credit=1)
        return self._stocks[name]

    async def _draw(self, name: str, wanted: int, spent: int) -> Grant:
        rate = self._rate_of(name)
        if rate is None:  # not limited any more; nobody asks this stock again
            return Grant(wanted)
        return await self._shared.draw(name, rate, wanted, spent)

    def _rate_of(self, name: str) -> float | None:
        """Return the mails per second of a relay, or of a domain on it, now; None when that is not limited."""
        relay_key, _, provider = name.partition(" ")
        if not provider:
            return self._relays.get(relay_key)
        own, slowing = self._rates.rate_of(provider), self._slowed.get(name)
        if slowing is None:
            return own
        slowed = slowing.rate_at(time.monotonic())
        return slowed if own is None else min(own, slowed)

    async def _slow(self, name: str) -> None:
        known = self._slowed.get(name)
        rate, measured = self._rate_of(name), self._measure(name)
        present = measured if rate is None else min(rate, measured)
        slowing = await self._shared.slow(name, present, known)
        if slowing != known:
            self._set_slowed({**self._slowed, name: slowing})

    def _measure(self, name: str) -> float:
        """Return about how many mails a second all workers send: as many as this process, times their number.

        Counted from the first one, in this window or both, whichever says more: idle time before a dispatch would make
        it seem slow, and slow it down for minutes.
        """
        now = time.monotonic()
        present = [entry for entry in self._entries.values() if entry.name == name]
        both = present + [entry for entry in self._former.values() if entry.name == name]
        return max(_rate(present, now), _rate(both, now)) * self._shares

    async def _follow(self) -> None:
        while not await self._is_closing_within(LOOK_SECONDS):
            if self._entries:
                found = await self._shared.read_slowed()
                self._set_slowed(self._slowed if found is None else found)
                self._size_blocks()
            now = time.monotonic()
            if now - self._window_at >= _WINDOW_SECONDS:
                self._turn_window(now)

    async def _is_closing_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._closing.wait()
        return False

    def _set_slowed(self, slowed: Mapping[str, Slowing]) -> None:
        now = time.monotonic()
        former, self._slowed = self._slowed, {name: one for name, one in slowed.items() if not one.is_over(now)}
        self._resolve_anew(former.keys() ^ self._slowed.keys())

    def _size_blocks(self) -> None:
        """Let more be taken at a time while a slowed domain recovers, or when a relay has another rate."""
        for name, stock in self._stocks.items():
            stock.block = block_of(self._rate_of(name) or 1)

    def _resolve_anew(self, names: Iterable[str]) -> None:
        """Look up the stocks again of whatever is sent over these relays, or to these domains on them."""
        changed = set(names)
        if not changed:
            return
        for (relay_key, _), entry in self._entries.items():
            if entry.name in changed or relay_key in changed:
                entry.stocks = self._find_stocks(relay_key, entry.name)

    def _turn_window(self, now: float) -> None:
        """Begin to count anew, and forget what was not used since the last time."""
        self._former, self._entries = self._entries, {}
        self._window_at = now
        used = {stock for entry in self._former.values() for stock in entry.stocks}
        self._stocks = {name: stock for name, stock in self._stocks.items() if stock in used}

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _rate(entries: list[_Entry], now: float) -> float:
    """Return the mails a second since the first of these entries began, which counts as a second ago at least."""
    seconds = now - min((entry.began for entry in entries), default=now)
    return sum(entry.taken for entry in entries) / max(1.0, seconds)
