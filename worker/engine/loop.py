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
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from mailer import clock
from mailer.config import get_settings
from mailer.deliveries.claim import Reader
from mailer.deliveries.personalise import Mail, Personaliser
from mailer.deliveries.record import Result
from mailer.deliveries.states import State
from mailer.tokens import random_nonce
from worker.engine import ledger
from worker.engine.batches import Batch, Batches
from worker.engine.outcome import Answer, Fate, Stage, Verdict, judge
from worker.engine.pace import reconnect_delay
from worker.engine.pool import Pool
from worker.engine.results import Suspicion, make_result
from worker.engine.transport import Connection, NoConnectionError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# A leave is looked for from a little before the slice began, so that clocks of two hosts may differ.
_LOOK_BACK = timedelta(minutes=2)
_TRIES_NOW = 3
_LOG_EVERY = 20  # ten connections that fail every few seconds would fill a disk
_TLS_FAILURES_TO_HOLD = 20
_REFUSALS_TO_HOLD = 20

# What the journal keeps until the next checkpoint; any other fate may be found out again after a crash.
_MARKS = {Fate.SENT: State.SENT, Fate.UNKNOWN: State.ON_THE_WIRE}


@dataclass(frozen=True)
class _Ready:
    """A reader with the mail that was made for them."""

    batch: Batch
    reader: Reader
    mail: Mail


class Slice:
    """One run of `help with dispatch N` on this event loop."""

    def __init__(self, work: ledger.Work, pool: Pool, seconds: float) -> None:
        self._work = work
        self._dispatch_id = work.content.dispatch_id
        self._pool = pool
        self._ends_at = time.monotonic() + seconds
        self._batches = Batches(self._dispatch_id, self._ends_at)
        self._personaliser = Personaliser(work.content)
        self._since = clock.now() - _LOOK_BACK
        self._changed: frozenset[int] = frozenset()
        self._failed_connections = 0
        self._lost_mails: dict[int, int] = {}
        self._suspicion = Suspicion(is_cleared=work.has_sent, limit=min(_REFUSALS_TO_HOLD, work.recipients))
        self._suspects: list[tuple[Batch, Reader, Answer]] = []

    async def run(self) -> bool:
        """Work until the time is over or nothing is due; return whether there is more to do at once."""
        keeper = asyncio.create_task(self._keep())
        servers = [asyncio.create_task(self._serve()) for _ in range(get_settings().smtp_connections)]
        try:
            await asyncio.gather(*servers)
            await self._settle_suspects()
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
        """Once a second: record, look whether to go on, and who may have left. Outlives a database that is away."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                glance = await asyncio.to_thread(ledger.glance, self._dispatch_id, self._since)
            except SQLAlchemyError as error:
                log.warning("dispatch %s: the database is away: %s", self._dispatch_id, error)
                continue
            self._changed = glance.changed
            if not glance.is_sending or time.monotonic() >= self._ends_at:
                self.stop()
            await self._batches.checkpoint()

    async def _serve(self) -> None:
        """Serve readers over one connection, opened when the first mail is ready and kept for the next slice."""
        connection: Connection | None = None
        ready: _Ready | None = None
        try:
            while ready := ready or await self._take_ready():
                if connection is None or not connection.is_open:
                    connection = await self._connect()
                if connection is None:
                    self._put_back(ready)
                    ready = None
                    continue
                following = self._take_following()
                if await self._serve_reader(connection, ready, following):
                    await connection.close()
                    connection = None
                ready = following
                if self._batches.stopped.is_set():
                    break
        finally:
            self._put_back(ready)
            if connection:
                self._pool.give_back(self._work.relay, connection)

    async def _take_ready(self) -> "_Ready | None":
        """Return the next reader's mail; readers who left are skipped on the way, mails that cannot be made parked."""
        while taken := await self._batches.take():
            batch, reader = taken
            if not batch.is_ours:
                continue
            if reason := await self._find_reason_to_skip(reader):
                await self._batches.settle(batch, Result(reader.sequence, State.SKIPPED, reason))
                continue
            try:
                return _Ready(batch, reader, self._personaliser.make(reader, clock.now()))
            except Exception as error:  # noqa: BLE001 - whatever it is must not stop the others
                await self._park(batch, reader, error)
        return None

    def _take_following(self) -> "_Ready | None":
        """Return the mail whose envelope may go out with the body before it, if one can be made without waiting."""
        taken = self._batches.take_waiting()
        if taken is None:
            return None
        batch, reader = taken
        if batch.is_ours and reader.subscriber_id not in self._changed:
            with contextlib.suppress(Exception):  # `_take_ready` parks what cannot be made
                return _Ready(batch, reader, self._personaliser.make(reader, clock.now()))
        self._batches.put_back(batch, reader)
        return None

    def _put_back(self, ready: "_Ready | None") -> None:
        if ready:
            self._batches.put_back(ready.batch, ready.reader)

    async def _connect(self) -> Connection | None:
        """Return a connection, or None after having waited a while; holds the dispatch when the relay refuses us."""
        try:
            connection = await self._pool.borrow(self._work.relay)
        except NoConnectionError as error:
            self._failed_connections += 1
            if self._failed_connections % _LOG_EVERY == 1:
                log.warning("dispatch %s: no connection to %s: %s", self._dispatch_id, self._work.relay.label, error)
            too_often = error.answer.stage is Stage.TLS and self._failed_connections >= _TLS_FAILURES_TO_HOLD
            if judge(error.answer).hold_dispatch or too_often:
                await self._hold(error.answer)
            else:
                await self._wait(reconnect_delay(self._failed_connections))
            return None
        self._failed_connections = 0
        return connection

    async def _serve_reader(self, connection: Connection, ready: "_Ready", following: "_Ready | None") -> bool:
        """Send one mail and settle what became of it; return whether to drop the connection."""
        try:
            return await self._send(connection, ready, following)
        except SQLAlchemyError as error:
            log.warning("dispatch %s: the database is away: %s", self._dispatch_id, error)
            self._put_back(ready)
            await self._wait(1)
        except Exception as error:  # noqa: BLE001 - the mail is parked for a person, and the connection dropped
            await self._park(ready.batch, ready.reader, error)
        return True

    async def _park(self, batch: Batch, reader: Reader, error: Exception) -> None:
        """Set a mail aside for a person; the log has the traceback under the reference that the note names."""
        reference = random_nonce()
        words = "dispatch %s, delivery %s: parked, %s"
        log.error(words, self._dispatch_id, reader.sequence, reference, exc_info=error)
        parked = Result(reader.sequence, State.HELD, "cannot_be_made", note=f"reference {reference}")
        await self._batches.settle(batch, parked)

    async def _find_reason_to_skip(self, reader: Reader) -> str:
        if reader.subscriber_id not in self._changed:
            return ""
        return await asyncio.to_thread(ledger.find_skip_reason, self._dispatch_id, reader.subscriber_id)

    async def _send(self, connection: Connection, ready: "_Ready", following: "_Ready | None") -> bool:
        batch, reader = ready.batch, ready.reader
        answer = await connection.deliver(
            ready.mail,
            lambda: batch.journal.mark(reader.sequence, State.ON_THE_WIRE),
            following.mail if following else None,
        )
        verdict = judge(answer)
        batch.journal.mark(reader.sequence, _MARKS.get(verdict.fate, State.PLANNED))
        if verdict.hold_dispatch:
            await self._hold(answer)
        if verdict.fate is Fate.AGAIN_NOW and self._may_try_now(reader):
            self._batches.put_back(batch, reader)
        elif self._suspicion.keeps_back(verdict):
            self._suspects.append((batch, reader, answer))
            if self._suspicion.is_confirmed:
                await self._hold(answer)
        else:
            await self._settle(batch, reader, answer, verdict)
        if verdict.slow_down:
            await self._wait(1)
        return verdict.drop_connection

    async def _settle(self, batch: Batch, reader: Reader, answer: Answer, verdict: Verdict) -> None:
        chance = random.random()  # noqa: S311 - spreads load, guards nothing
        result = make_result(reader, answer, verdict, now=clock.now(), chance=chance)
        await self._batches.settle(batch, result)

    async def _settle_suspects(self) -> None:
        """Fail readers whose mail was refused while others got theirs; hold when nobody got it."""
        if self._suspects and not self._suspicion.is_cleared:
            if self._batches.ran_dry:
                await self._hold(self._suspects[-1][2])
            return  # they stay planned
        for batch, reader, answer in self._suspects:
            await self._settle(batch, reader, answer, judge(answer))

    def _may_try_now(self, reader: Reader) -> bool:
        self._lost_mails[reader.sequence] = self._lost_mails.get(reader.sequence, 0) + 1
        return self._lost_mails[reader.sequence] <= _TRIES_NOW

    async def _hold(self, answer: Answer) -> None:
        self.stop()
        detail = f"{self._work.relay.label}, {answer.stage}: {answer.code or 'no answer'} {answer.text}"
        await asyncio.to_thread(ledger.hold, self._dispatch_id, judge(answer).reason, detail)

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the slice lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, max(0.0, self._ends_at - time.monotonic()))):
                await self._batches.stopped.wait()
