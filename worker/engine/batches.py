"""The batches a slice holds: readers still to serve, results not yet recorded, and the journal of each."""

import asyncio
import contextlib
import heapq
import logging
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from mailer.deliveries.claim import LEASE_SECONDS, Claim, Reader
from mailer.deliveries.holding import HOLD_AT_LEAST
from mailer.deliveries.record import SICK
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result
from mailer.log import ids
from worker.engine import ledger
from worker.engine.journal import Journal
from worker.engine.stages import CLAIM, IDLE, LIMITED, LOST, RECORD, Stages

log = logging.getLogger(__name__)

# Readers left when the next batch is claimed: enough to keep all connections busy until it is there.
_CLAIM_AHEAD = 250
# Readers of slowed domains that are kept aside while others are looked for; with more of them no batch is claimed.
_MOST_ASIDE = 2000

# A worker that could not renew its lease for so long sends nothing more: somebody else may have the batch.
_TRUST_SECONDS = LEASE_SECONDS * 0.75


@dataclass
class Batch:
    """A claimed batch. `open` counts readers without a result; `lost` means that somebody else has the batch now.

    `sick` counts results that may be signs of something wrong with all of them: refused for good, or not to be made.
    """

    claim: Claim
    journal: Journal
    open: int
    renewed_at: float  # monotonic seconds
    results: list[Result] = field(default_factory=list)
    lost: bool = False
    sick: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_ours(self) -> bool:
        """Whether mails may still go out for it."""
        return not self.lost and time.monotonic() - self.renewed_at < _TRUST_SECONDS


class Batches:
    """Hands out readers and records their results in bulk.

    The next batch is claimed while the last readers of the former one are served, and results are recorded beside the
    sending. Recording never fails to its caller: what could not be written is kept and written with the next
    checkpoint.
    """

    def __init__(self, dispatch_id: int, ends_at: float, stages: Stages) -> None:
        self._dispatch_id = dispatch_id
        self._ends_at = ends_at
        self._stages = stages
        self._waiting: deque[tuple[Batch, Reader]] = deque()
        self._aside: list[tuple[float, int, Batch, Reader]] = []  # a heap by the time when they may be tried again
        self._held: list[Batch] = []
        self._claiming: asyncio.Task[None] | None = None
        self._recording: set[asyncio.Task[None]] = set()
        self.stopped = asyncio.Event()
        self.ran_dry = False

    @property
    def has_ended(self) -> bool:
        """Whether nobody is to be served any more in this slice."""
        return self.stopped.is_set() or time.monotonic() >= self._ends_at

    @property
    def waiting(self) -> Iterator[Reader]:
        """Those who have not been taken, in the order of their turns."""
        return (reader for _, reader in self._waiting)

    async def take(self) -> tuple[Batch, Reader] | None:
        """Return the next reader, waiting for another batch when needed; None when the slice is to end."""
        while not self.has_ended:
            if taken := self.take_waiting():
                return taken
            self._claim_ahead()
            if self._claiming and not self._claiming.done():
                began = time.perf_counter()
                await asyncio.wait({self._claiming}, timeout=self._aside_seconds())
                self._stages.add(CLAIM, time.perf_counter() - began, 0)
            elif self._claiming and self._claiming.exception():
                self._claiming.result()
            elif self._aside:
                await self._wait_for_aside()
            elif self.ran_dry:
                return None
        return None

    def take_waiting(self) -> tuple[Batch, Reader] | None:
        """Return the next reader of a batch that is ours already, without waiting for another one."""
        if len(self._waiting) < _CLAIM_AHEAD:
            self._claim_ahead()
        if self.has_ended:
            return None
        if self._aside and self._aside[0][0] <= time.monotonic():
            _, _, batch, reader = heapq.heappop(self._aside)
            return batch, reader
        return self._waiting.popleft() if self._waiting else None

    def set_aside(self, batch: Batch, reader: Reader, seconds: float) -> None:
        """Keep a reader for later, since mail to their domain must wait, while others are served."""
        if not batch.lost:
            heapq.heappush(self._aside, (time.monotonic() + seconds, reader.sequence, batch, reader))

    def put_back(self, batch: Batch, reader: Reader) -> None:
        """Hand a reader back whose mail was not offered to the relay, or not in earnest."""
        if not batch.lost:
            self._waiting.appendleft((batch, reader))

    def settle(self, batch: Batch, result: Result) -> None:
        """Note a result; the batch is recorded, beside the sending, when it was the last one.

        And when many were sick, since recording decides whether the dispatch is held: not a whole batch is to fail.
        """
        self._stages.count(result.state)
        batch.results.append(result)
        batch.open -= 1
        batch.sick += result.state in SICK
        if batch.open == 0 or (result.state in SICK and batch.sick % HOLD_AT_LEAST == 0):
            self._record_later(batch)

    async def checkpoint(self) -> None:
        """Record what is known so far and renew the leases."""
        for batch in list(self._held):
            await self._try_to_record(batch)

    async def release(self) -> None:
        """Record everything and give unfinished batches back. Nothing may be on the wire any more.

        When the database is away the journals stay for `deliveries.recover`, which reads them when the lease is over.
        """
        self._waiting.clear()
        await asyncio.gather(*filter(None, [self._claiming]), *self._recording, return_exceptions=True)
        self._waiting.clear()
        self._aside.clear()
        try:
            for batch in list(self._held):
                await self._record(batch, done=True)
        finally:
            for batch in self._held:
                batch.journal.abandon()

    def _claim_ahead(self) -> None:
        if self.ran_dry or self.has_ended or len(self._aside) > _MOST_ASIDE:
            return
        if self._claiming and (not self._claiming.done() or self._claiming.exception()):
            return  # `take` raises the exception
        self._claiming = asyncio.create_task(self._claim())

    async def wait(self, seconds: float) -> None:
        """Wait, but no longer than the slice lasts."""
        began = time.perf_counter()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, max(0.0, self._ends_at - time.monotonic()))):
                await self.stopped.wait()
        self._stages.add(IDLE, time.perf_counter() - began)

    def _aside_seconds(self) -> float | None:
        return max(0.0, self._aside[0][0] - time.monotonic()) if self._aside else None

    async def _wait_for_aside(self) -> None:
        """Everybody who is left has to wait: sleep until the first may go, or the slice ends."""
        began = time.perf_counter()
        seconds = min(self._aside_seconds() or 0.0, max(0.0, self._ends_at - time.monotonic()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopped.wait()
        self._stages.add(LIMITED, time.perf_counter() - began)

    async def _claim(self) -> None:
        claimed = await asyncio.to_thread(ledger.claim, self._dispatch_id)
        if claimed is None:
            self.ran_dry = True
            return
        self._stages.add(CLAIM, 0.0)
        claim, journal = claimed
        batch = Batch(claim, journal, open=len(claim.readers), renewed_at=time.monotonic())
        batch.results = [Result(skip.sequence, State.SKIPPED, skip.reason) for skip in claim.skips]
        self._held.append(batch)
        self._waiting.extend((batch, reader) for reader in claim.readers)
        if not claim.readers:
            self._record_later(batch)

    def _record_later(self, batch: Batch) -> None:
        task = asyncio.create_task(self._try_to_record(batch))
        self._recording.add(task)
        task.add_done_callback(self._recording.discard)

    async def _try_to_record(self, batch: Batch) -> None:
        try:
            await self._record(batch, done=batch.open == 0)
            # Recording may have held the dispatch; to find that out with the next look would be hundreds of mails late.
            if batch.sick and not await asyncio.to_thread(ledger.is_sending, self._dispatch_id):
                self.stopped.set()
        except SQLAlchemyError as error:
            log.warning("the database is away, results are kept", extra=ids(dispatch=self._dispatch_id, error=error))

    async def _record(self, batch: Batch, *, done: bool) -> None:
        async with batch.lock:
            if batch not in self._held:
                return
            started, count = time.monotonic(), len(batch.results)
            kept = await asyncio.to_thread(ledger.record, batch.claim, batch.results[:count], done=done)
            recorded, batch.results = batch.results[:count], batch.results[count:]
            if not kept:
                batch.lost = True
                self._stages.add(LOST, 0.0)
                self._waiting = deque(entry for entry in self._waiting if entry[0] is not batch)
                self._aside = [entry for entry in self._aside if entry[2] is not batch]
                heapq.heapify(self._aside)
            self._stages.add(RECORD, time.monotonic() - started)
            if done or not kept:
                self._held.remove(batch)
                batch.journal.close()
                return
            batch.renewed_at = started
            for result in recorded:
                if result.may_be_doubled:  # stands in the database now
                    batch.journal.mark(result.sequence, State.PLANNED)
