"""A slice of a dispatch: several connections serve readers from claimed batches until time or work is used up.

claim → personalise → transport → outcome → record, and once a second a look at the database: may we go on, who left,
what is to be recorded. A slice that ends, for whatever reason, leaves every delivery either ended, due later, or
planned and free to be claimed by anybody.
"""

import asyncio
import logging
import time
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from mailer import clock
from mailer.log import ids
from worker.engine import ledger
from worker.engine.batches import Batches
from worker.engine.lanes import Lanes
from worker.engine.ramp import Ramp
from worker.engine.serving import Serving
from worker.engine.stages import BUSY, SLICE, Stages
from worker.engine.traffic import Traffic

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# How long mails on the wire may take when the process is to stop; then their connections are cut.
DRAIN_SECONDS = 10.0
# How long a slice that is over waits for answers; those that take longer are heard beside other slices.
LATE_SECONDS = 3.0
_RAMP_SECONDS = 0.1
# A leave is looked for from a little before the slice began, so that clocks of two hosts may differ.
_LOOK_BACK = timedelta(minutes=2)


class Slice:
    """One run of `help with dispatch N` on this event loop."""

    def __init__(self, work: ledger.Work, traffic: Traffic, seconds: float) -> None:
        self._dispatch_id = work.content.dispatch_id
        self._ends_at = time.monotonic() + seconds
        self._traffic = traffic
        self._stages = Stages()
        self._batches = Batches(self._dispatch_id, self._ends_at, self._stages)
        self._lanes = Lanes(work, traffic, self._batches, self._stages)
        self._serving = Serving(work, traffic, self._batches, self._lanes, self._stages)
        self._ramp: Ramp = traffic.pool.ramp_of(tuple(one.key for one in work.relays))
        self._since = clock.now() - _LOOK_BACK

    async def run(self) -> bool:
        """Work until the time is over or nothing is due; return whether there is more to do at once."""
        keeper = asyncio.create_task(self._keep())
        began, busy = time.monotonic(), time.thread_time()
        try:
            await self._serve()
            await self._serving.settle_suspects()
        finally:
            self.stop()
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            self._stages.add(BUSY, time.thread_time() - busy)
            self._stages.add(SLICE, time.monotonic() - began)
            try:
                await self._batches.release()
            finally:
                await asyncio.to_thread(ledger.tell_times, self._dispatch_id, self._stages)
        return not self._batches.ran_dry and time.monotonic() >= self._ends_at

    def stop(self) -> None:
        """Take no more readers; mails that are on the wire are finished."""
        self._batches.stopped.set()

    def drain(self) -> None:
        """Stop because the process is to end: what is on the wire has a few seconds."""
        self.stop()
        asyncio.get_running_loop().call_later(DRAIN_SECONDS, self._lanes.cut)

    async def _serve(self) -> None:
        """Run one server for each connection, and more of them while they bring more."""
        servers: set[asyncio.Task[None]] = set()
        self._ramp.start(time.monotonic(), 0)
        wanted = self._ramp.connections
        try:
            while (wanted or servers) and not self._batches.has_ended:
                servers |= {asyncio.create_task(self._serving.serve()) for _ in range(wanted)}
                done, servers = await asyncio.wait(servers, timeout=_RAMP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for server in done:
                    server.result()
                present = self._ramp.connections
                wanted = 0 if done else self._ramp.observe(time.monotonic(), self._serving.sent) - present
        finally:
            self.stop()
            if servers:
                _, late = await asyncio.wait(servers, timeout=LATE_SECONDS)
                self._serving.part()
                self._traffic.adopt(late)

    async def _keep(self) -> None:
        """Once a second: record, look whether to go on, and who may have left. Outlives a database that is away."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            looked_at = time.monotonic()
            if looked_at >= self._ends_at:
                self.stop()
            try:
                glance = await asyncio.to_thread(ledger.glance, self._dispatch_id, self._since)
            except SQLAlchemyError as error:
                log.warning("the database is away", extra=ids(dispatch=self._dispatch_id, error=error))
                continue
            self._serving.changed, self._serving.looked_at = glance.changed, looked_at
            if not glance.is_sending:
                self.stop()
            await self._batches.checkpoint()
            await asyncio.to_thread(ledger.tell_times, self._dispatch_id, self._stages)
