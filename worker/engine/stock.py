"""A stock of permits to send, spent at once and refilled in the background from where all workers share them."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

_SOON_SECONDS = 0.005  # how long a refill takes, about


@dataclass(frozen=True)
class Grant:
    """`count` permits that are good for `lasts` seconds; when there are none, ask again after `wait` seconds.

    Permits of one `window` are void in another.
    """

    count: int
    wait: float = 0.0
    lasts: float = 1.0
    window: datetime | None = None


# From how many are wanted, and how many were spent on credit, to what is granted. Must not raise.
Refill = Callable[[int, int], Awaitable[Grant]]


class Stock:
    """Permits of this process. `block` is how many are asked for at a time.

    With `credit` the first permits need not be waited for; they are told to `refill` as spent. `lapsed` counts, by
    window, what was not spent in time.
    """

    def __init__(self, refill: Refill, block: int, *, credit: int = 0) -> None:
        self.block = block
        self.count = 0
        self.next_at = 0.0
        self.window: datetime | None = None
        self.lapsed: Counter[datetime | None] = Counter()
        self._refill = refill
        self._credit, self._spent = credit, 0
        self._expires_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def wait(self, now: float) -> float:
        """Return 0.0 when there is a permit, else the seconds until it is worth asking again."""
        if self.count and now >= self._expires_at:
            self.lapse()
        if self.count or self._credit:
            return 0.0
        if now >= self.next_at:
            self._ask(self.block)
        return max(_SOON_SECONDS, self.next_at - now)

    def take(self) -> None:
        """Spend a permit after `wait` has said 0.0; asks for the next block before this one is used up."""
        if self.count:
            self.count -= 1
        else:
            self._credit -= 1
            self._spent += 1
        if self._spent or self.count < self.block // 2:
            # Of a slow rate a permit is fetched only when somebody needs it.
            self._ask(self.block - self.count if self.block > 1 else 0)

    def lapse(self) -> None:
        """Make what is left void."""
        self.lapsed[self.window] += self.count
        self.count = 0

    async def close(self) -> None:
        """End a refill that is on its way."""
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    def _ask(self, wanted: int) -> None:
        if self._task is None and (self._spent or time.monotonic() >= self.next_at):
            self._task = asyncio.get_running_loop().create_task(self._fill(wanted))

    async def _fill(self, wanted: int) -> None:
        asked_at, spent = time.monotonic(), self._spent
        self._spent = 0
        try:
            grant = await self._refill(wanted, spent)
        finally:
            self._task = None
        if asked_at >= self._expires_at or grant.window != self.window:
            self.lapse()
        self.window = grant.window
        self.count += grant.count
        self.next_at = 0.0 if grant.count else asked_at + grant.wait
        if grant.count:
            self._expires_at = asked_at + grant.lasts


def take_of_all(stocks: Sequence[Stock]) -> float:
    """Take a permit from each, or from none: return 0.0, or the seconds until it is worth asking again."""
    now, longest = time.monotonic(), 0.0
    for stock in stocks:
        longest = max(longest, stock.wait(now))
    if longest == 0.0:
        for stock in stocks:
            stock.take()
    return longest
