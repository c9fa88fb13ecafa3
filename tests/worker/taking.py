"""A process that takes permits as fast as it may, for tests with several of them.

`python -m tests.worker.taking URL PER_SECOND FROM SECONDS` prints how many it got; FROM is on the monotonic clock,
which processes of one machine share.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mailer.relays.address import parse_relay_url
from mailer.relays.rates import parse_domain_rates
from mailer.relays.terms import RelayOption, RelayTerms
from worker.engine.limits import Limits
from worker.engine.shared_rates import SharedRates


def make_option(key: str = "relay:1", **terms: float) -> RelayOption:
    return RelayOption(key, key, parse_relay_url("smtp://127.0.0.1:25"), RelayTerms(**terms))  # type: ignore[arg-type]  # numbers of tests


@asynccontextmanager
async def run_limits(
    url: str, rates: str = "", *, shares: int = 2, per_second: float | None = None
) -> AsyncIterator[Limits]:
    """Give running limits, with `per_second` for relay:1, and close them."""
    limits = Limits(SharedRates(url, shares), parse_domain_rates(rates), shares)
    if per_second:
        limits.set_relays([make_option(per_second=per_second)])
    limits.start()
    try:
        yield limits
    finally:
        await limits.close()


async def take_for(limits: Limits, seconds: float, domain: str = "example.org", key: str = "relay:1") -> int:
    """Return how many mails could go out within `seconds`."""
    taken, ends_at = 0, time.monotonic() + seconds
    while time.monotonic() < ends_at:
        wait = limits.try_take(key, domain)
        if wait:
            await asyncio.sleep(min(wait, max(0.0, ends_at - time.monotonic())))
        else:
            taken += 1
            await asyncio.sleep(0)
    return taken


async def main(url: str, per_second: float, begins_at: float, seconds: float) -> None:
    await asyncio.sleep(begins_at - time.monotonic())
    async with run_limits(url, per_second=per_second) as limits:
        print(await take_for(limits, seconds))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(float, sys.argv[2:])))
