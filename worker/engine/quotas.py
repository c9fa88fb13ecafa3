"""How many mails this process may still send in this hour and on this day: by relay, and by sender's domain.

    wait = quotas.try_take(relay.key, sender.key)    # 0.0: now; else seconds until it is worth asking again

What has no quota costs a look into a dict. Of the others, permits are reserved in the database a batch's worth at a
time (`mailer.relays.quotas`), spent here, and given back when a slice ends. Spent means offered: a mail that the relay
did not take has been counted, too.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from mailer import clock
from mailer.db import transaction
from mailer.relays.quotas import Quota, Reservation, give_back, reserve
from worker.engine.stock import Grant, Stock, take_of_all

log = logging.getLogger(__name__)

BLOCK = 500
# No process takes more than this part of a quota at a time, so that the others get theirs.
_SHARE = 20
_SOON_SECONDS = 0.2


class Quotas:
    """The quotas of this process. One event loop owns it."""

    def __init__(self) -> None:
        self._quotas: dict[str, Quota] = {}
        self._stocks: dict[str, Stock] = {}

    def set_quota(self, key: str, quota: Quota | None) -> None:
        """Take a quota as it is now, or that there is none; called for each key at the start of every slice."""
        if quota is None:
            self._quotas.pop(key, None)
        elif self._quotas.get(key) != quota:
            stock = self._stocks.setdefault(key, Stock(partial(self._reserve, key), 1))
            stock.block, stock.next_at = _block_of(quota), 0.0
            self._quotas[key] = quota

    def try_take(self, *keys: str) -> float:
        """Return 0.0 when a mail may go now under the quotas of all keys, else seconds until it is worth asking again.

        A wait of more than some seconds is until the next clock hour or day.
        """
        if not self._quotas:
            return 0.0
        return take_of_all([self._stocks[key] for key in keys if key in self._quotas])

    def wait_of(self, *keys: str) -> float:
        """Return what `try_take` would, without taking anything."""
        if not self._quotas:
            return 0.0
        now = time.monotonic()
        return max((self._stocks[key].wait(now) for key in keys if key in self._quotas), default=0.0)

    def exhausted(self) -> Mapping[str, float]:
        """Return until when (monotonic seconds) keys have nothing more, as far as this process knows."""
        now = time.monotonic()
        empty = {key: self._stocks[key].next_at for key in self._quotas if not self._stocks[key].count}
        return {key: until for key, until in empty.items() if until > now}

    async def release(self) -> None:
        """Give everything back that was reserved and not used; called when the last slice has ended."""
        for key, stock in list(self._stocks.items()):  # a slice that begins meanwhile may add some
            await stock.close()
            stock.lapse()
            try:
                await asyncio.to_thread(_give_back, key, _lapsed(stock))
            except SQLAlchemyError as error:
                log.warning("the database is away, what was reserved of %s counts as sent: %s", key, error)

    async def _reserve(self, key: str, wanted: int, _spent: int) -> Grant:
        quota = self._quotas.get(key)
        if quota is None:
            return Grant(0)
        lapsed = _lapsed(self._stocks[key])
        try:
            await asyncio.to_thread(_give_back, key, lapsed)
            made, now = await asyncio.to_thread(_reserve, quota, wanted)
        except SQLAlchemyError as error:
            log.warning("the database is away, nothing is sent under the quota of %s: %s", key, error)
            return Grant(0, wait=1)
        wait = max(_SOON_SECONDS, (made.more_at - now).total_seconds())
        return Grant(made.granted, wait, (made.ends_at - now).total_seconds(), made.hour_at)


def _block_of(quota: Quota) -> int:
    least = min(most for most in (quota.per_hour, quota.per_day) if most is not None)
    return max(1, min(BLOCK, least // _SHARE))


def _lapsed(stock: Stock) -> dict[datetime, int]:
    """Take what was not spent in time out of a stock, by the hour it was reserved in."""
    lapsed = {window: count for window, count in stock.lapsed.items() if window and count}
    stock.lapsed.clear()
    return lapsed


def _reserve(quota: Quota, wanted: int) -> tuple[Reservation, datetime]:
    now = clock.now()
    with transaction() as session:
        return reserve(session, quota, wanted, now=now), now


def _give_back(key: str, lapsed: Mapping[datetime, int]) -> None:
    if not lapsed:
        return
    with transaction() as session:
        for hour_at, count in lapsed.items():
            give_back(session, key, count, hour_at=hour_at)
