"""A slice of a dispatch: several connections take readers from claimed batches until time or work is used up.

claim → personalise → transport → outcome → record, and once a second a look at the database: may we go on, who left,
what is to be recorded. A slice that ends, for whatever reason, leaves every delivery either ended, due later, or
planned and free to be claimed by anybody.
"""

import asyncio
import contextlib
import logging
import random
import time
from datetime import timedelta

from mailer import clock
from mailer.config import get_settings
from mailer.deliveries.claim import Reader
from mailer.deliveries.personalise import Personaliser
from mailer.deliveries.record import Result
from mailer.deliveries.states import State
from mailer.tokens import random_nonce
from worker.engine import ledger
from worker.engine.batches import Batch, Batches
from worker.engine.outcome import Answer, Fate, Verdict, judge
from worker.engine.pace import GIVE_UP_AFTER, reconnect_delay, retry_delay
from worker.engine.pool import Pool
from worker.engine.transport import Connection, NoConnectionError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# A leave is looked for from a little before the slice began, so that clocks of two hosts may differ.
_LOOK_BACK = timedelta(minutes=2)
_TRIES_NOW = 3
_LOG_EVERY = 20  # ten connections that fail every few seconds would fill a disk
_TLS_FAILURES_TO_HOLD = 20


# What the journal keeps until the next checkpoint; any other fate may be found out again after a crash.
_MARKS = {Fate.SENT: State.SENT, Fate.UNKNOWN: State.ON_THE_WIRE}


class Slice:
    """One run of `help with dispatch N` on this event loop."""

    def __init__(self, work: ledger.Work, pool: Pool, seconds: float) -> None:
        self._work = work
        self._dispatch_id = work.content.dispatch_id
        self._pool = pool
        self._ends_at = time.monotonic() + seconds
        self._batches = Batches(self._dispatch_id)
        self._personaliser = Personaliser(work.content)
        self._since = clock.now() - _LOOK_BACK
        self._changed: frozenset[int] = frozenset()
        self._failed_connections = 0
        self._lost_mails: dict[int, int] = {}

    async def run(self) -> bool:
        """Work until the time is over or nothing is due; return whether there is more to do at once."""
        keeper = asyncio.create_task(self._keep())
        servers = [asyncio.create_task(self._serve()) for _ in range(get_settings().smtp_connections)]
        try:
            await asyncio.gather(*servers)
        finally:
            self.stop()
            keeper.cancel()
            await asyncio.gather(keeper, *servers, return_exceptions=True)
            await self._batches.release()
        return not self._batches.ran_dry and time.monotonic() >= self._ends_at

    def stop(self) -> None:
        """Take no more readers; mails that are on the wire are finished."""
        self._batches.stopped.set()

    async def _keep(self) -> None:
        """Once a second: record, look whether to go on, and who may have left."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            glance = await asyncio.to_thread(ledger.glance, self._dispatch_id, self._since)
            self._changed = glance.changed
            if not glance.is_sending or time.monotonic() >= self._ends_at:
                self.stop()
            await self._batches.checkpoint()

    async def _serve(self) -> None:
        """Serve readers over one connection, opened when the first one is there and kept for the next slice."""
        connection: Connection | None = None
        while taken := await self._batches.take():
            batch, reader = taken
            if connection is None or not connection.is_open:
                connection = await self._connect()
            if connection is None:
                self._batches.put_back(batch, reader)
                continue
            verdict = await self._serve_reader(connection, batch, reader)
            if verdict is not None and verdict.drop_connection:
                await connection.close()
                connection = None
        if connection:
            self._pool.give_back(self._work.relay, connection)

    async def _connect(self) -> Connection | None:
        """Return a connection, or None after having waited a while; holds the dispatch when the relay refuses us."""
        try:
            connection = await self._pool.borrow(self._work.relay)
        except NoConnectionError as error:
            self._failed_connections += 1
            if self._failed_connections % _LOG_EVERY == 1:
                log.warning("dispatch %s: no connection to %s: %s", self._dispatch_id, self._work.relay.label, error)
            too_often = error.answer.stage == "tls" and self._failed_connections >= _TLS_FAILURES_TO_HOLD
            if judge(error.answer).hold_dispatch or too_often:
                await self._hold(error.answer)
            else:
                await self._wait(reconnect_delay(self._failed_connections))
            return None
        self._failed_connections = 0
        return connection

    async def _serve_reader(self, connection: Connection, batch: Batch, reader: Reader) -> Verdict | None:
        """Send one mail unless its reader has left, and settle what became of it."""
        if reader.subscriber_id in self._changed:
            reason = await asyncio.to_thread(ledger.find_skip_reason, self._dispatch_id, reader.subscriber_id)
            if reason:
                await self._batches.settle(batch, Result(reader.sequence, State.SKIPPED, reason))
                return None
        try:
            mail = self._personaliser.make(reader, clock.now())
        except Exception:
            # A mail that cannot be made must not stop the others: it is parked for a person.
            reference = random_nonce()
            log.exception("dispatch %s, delivery %s: parked, %s", self._dispatch_id, reader.sequence, reference)
            parked = Result(reader.sequence, State.HELD, "cannot_be_made", note=f"reference {reference}")
            await self._batches.settle(batch, parked)
            return None
        if batch.lost:
            return None
        answer = await connection.deliver(mail, lambda: batch.journal.mark(reader.sequence, State.ON_THE_WIRE))
        verdict = judge(answer)
        batch.journal.mark(reader.sequence, _MARKS.get(verdict.fate, State.PLANNED))
        await self._settle(batch, reader, answer, verdict)
        return verdict

    async def _settle(self, batch: Batch, reader: Reader, answer: Answer, verdict: Verdict) -> None:
        if verdict.hold_dispatch:
            await self._hold(answer)
        if verdict.fate is Fate.AGAIN_NOW and self._may_try_now(reader):
            self._batches.put_back(batch, reader)
            if verdict.slow_down:
                await self._wait(1)
            return
        await self._batches.settle(batch, self._as_result(reader, answer, verdict))
        if verdict.slow_down:
            await self._wait(1)

    def _may_try_now(self, reader: Reader) -> bool:
        self._lost_mails[reader.sequence] = self._lost_mails.get(reader.sequence, 0) + 1
        return self._lost_mails[reader.sequence] <= _TRIES_NOW

    def _as_result(self, reader: Reader, answer: Answer, verdict: Verdict) -> Result:
        attempt, now = reader.attempt + 1, clock.now()
        if verdict.fate is Fate.SENT:
            return Result(reader.sequence, State.SENT, code=answer.code, attempt=attempt)
        note = f"{answer.stage}: {answer.code or 'no answer'} {answer.text}"
        if verdict.fate is Fate.FAILED:
            return Result(reader.sequence, State.FAILED, verdict.reason, answer.code, note, attempt=attempt)
        if now - self._work.started_at > GIVE_UP_AFTER:
            return Result(reader.sequence, State.FAILED, "gave_up", answer.code, note, attempt=attempt)
        return Result(
            reader.sequence,
            State.DEFERRED,
            verdict.reason,
            answer.code,
            note,
            due_at=now + retry_delay(attempt, random.random()),  # noqa: S311 - spreads load, guards nothing
            attempt=attempt,
            may_be_doubled=verdict.fate is Fate.UNKNOWN,
        )

    async def _hold(self, answer: Answer) -> None:
        self.stop()
        detail = f"{self._work.relay.label}, {answer.stage}: {answer.code or 'no answer'} {answer.text}"
        await asyncio.to_thread(ledger.hold, self._dispatch_id, judge(answer).reason, detail)

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the slice lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, max(0.0, self._ends_at - time.monotonic()))):
                await self._batches.stopped.wait()
