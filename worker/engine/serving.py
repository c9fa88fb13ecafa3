"""Serving readers: take one, make the mail, hand it to a relay, settle what became of it.

One `Serving` belongs to a slice and is shared by all its connections; `serve` runs once for each of them.
"""

import asyncio
import contextlib
import logging
import random
import time
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from mailer import clock
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

_TRIES_NOW = 3
_LOG_EVERY = 20  # ten connections that fail every few seconds would fill a disk
_TLS_FAILURES_TO_HOLD = 20
_REFUSALS_TO_HOLD = 20


class Ready(NamedTuple):
    """A reader with the mail that was made for them."""

    batch: Batch
    reader: Reader
    mail: Mail


class Serving:
    """What all connections of a slice share. `changed` are subscribers to ask the database about before mailing."""

    def __init__(self, work: ledger.Work, pool: Pool, batches: Batches, ends_at: float) -> None:
        self._work = work
        self._dispatch_id = work.content.dispatch_id
        self._pool = pool
        self._batches = batches
        self._ends_at = ends_at
        self._personaliser = Personaliser(work.content)
        self._connections: set[Connection] = set()
        self._failed_connections = 0
        self._lost_mails: dict[int, int] = {}
        self._suspicion = Suspicion(is_cleared=work.has_sent, limit=min(_REFUSALS_TO_HOLD, work.recipients))
        self._suspects: list[tuple[Batch, Reader, Answer]] = []
        self.changed: frozenset[int] = frozenset()
        self.looked_at = time.monotonic()
        self.sent = 0

    async def serve(self) -> None:
        """Serve readers over one connection, opened when the first mail is ready and kept for the next slice."""
        connection: Connection | None = None
        ready: Ready | None = None
        try:
            while ready := ready or self._make_next() or await self._wait_for_next():
                if connection is None or not connection.is_open:
                    connection = await self._connect()
                if connection is None:
                    self._put_back(ready)
                    ready = None
                    continue
                following = self._make_next()
                if await self._serve_reader(connection, ready, following):
                    await self._drop(connection)
                    connection = None
                ready = following
                if self._batches.stopped.is_set():
                    break
        finally:
            self._put_back(ready)
            if connection:
                self._connections.discard(connection)
                self._pool.give_back(self._work.relay, connection)

    async def settle_suspects(self) -> None:
        """Fail readers whose mail was refused while others got theirs; hold when nobody got it."""
        if self._suspects and not self._suspicion.is_cleared:
            if self._batches.ran_dry:
                await self._hold(self._suspects[-1][2])
            return  # they stay planned
        for batch, reader, answer in self._suspects:
            self._settle(batch, reader, answer, judge(answer))

    def cut(self) -> None:
        """Cut every connection: mails on the wire are then unknown, and tried again with the same Message-ID."""
        for connection in self._connections:
            connection.abort()

    def _make_next(self) -> Ready | None:
        """Return the next reader's mail when that takes no waiting."""
        if time.monotonic() - self.looked_at > ledger.TRUST_LOOK_SECONDS:
            return None
        while taken := self._batches.take_waiting():
            batch, reader = taken
            if not batch.is_ours:
                continue
            if reader.subscriber_id in self.changed:
                self._batches.put_back(batch, reader)
                return None
            try:
                return Ready(batch, reader, self._personaliser.make(reader, clock.now()))
            except Exception as error:  # noqa: BLE001 - whatever it is must not stop the others
                self._park(batch, reader, error)
        return None

    async def _wait_for_next(self) -> Ready | None:
        """Return the next reader's mail; whoever has left is skipped on the way. None when the slice is to end."""
        while taken := await self._batches.take():
            self._batches.put_back(*taken)
            await self._wait_until_looked()
            if ready := self._make_next():
                return ready
            await self._skip_if_left()
        return None

    async def _wait_until_looked(self) -> None:
        """While the database is away nobody knows who has left: nothing goes out."""
        while time.monotonic() - self.looked_at > ledger.TRUST_LOOK_SECONDS and not self._batches.has_ended:
            await self._wait(0.1)

    async def _skip_if_left(self) -> None:
        """Ask the database about the next reader, who may have left: settle them, or clear them for this slice."""
        taken = self._batches.take_waiting()
        if taken is None:
            return
        batch, reader = taken
        if reader.subscriber_id in self.changed:
            reason = await asyncio.to_thread(ledger.find_skip_reason, self._dispatch_id, reader.subscriber_id)
            if reason:
                self._batches.settle(batch, Result(reader.sequence, State.SKIPPED, reason))
                return
            self.changed -= {reader.subscriber_id}
        self._batches.put_back(batch, reader)

    def _put_back(self, ready: Ready | None) -> None:
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
        self._connections.add(connection)
        return connection

    async def _drop(self, connection: Connection) -> None:
        self._connections.discard(connection)
        await connection.close()

    async def _serve_reader(self, connection: Connection, ready: Ready, following: Ready | None) -> bool:
        """Send one mail and settle what became of it; return whether to drop the connection."""
        try:
            return await self._send(connection, ready, following)
        except SQLAlchemyError as error:
            log.warning("dispatch %s: the database is away: %s", self._dispatch_id, error)
            self._put_back(ready)
            await self._wait(1)
        except Exception as error:  # noqa: BLE001 - the mail is parked for a person, and the connection dropped
            self._park(ready.batch, ready.reader, error)
        return True

    async def _send(self, connection: Connection, ready: Ready, following: Ready | None) -> bool:
        batch, reader = ready.batch, ready.reader
        answer = await connection.deliver(
            ready.mail,
            lambda: batch.journal.mark(reader.sequence, State.ON_THE_WIRE),
            following.mail if following else None,
        )
        verdict = judge(answer)
        if verdict.fate is Fate.SENT:
            batch.journal.mark(reader.sequence, State.SENT)
            self.sent += 1
            self._suspicion.is_cleared = True
            self._settle(batch, reader, answer, verdict)
            return False
        batch.journal.mark(reader.sequence, State.ON_THE_WIRE if verdict.fate is Fate.UNKNOWN else State.PLANNED)
        if verdict.hold_dispatch:
            await self._hold(answer)
        if verdict.fate is Fate.AGAIN_NOW and self._may_try_now(reader):
            self._batches.put_back(batch, reader)
        elif self._suspicion.keeps_back(verdict):
            self._suspects.append((batch, reader, answer))
            if self._suspicion.is_confirmed:
                await self._hold(answer)
        else:
            self._settle(batch, reader, answer, verdict)
        if verdict.slow_down:
            await self._wait(1)
        return verdict.drop_connection

    def _settle(self, batch: Batch, reader: Reader, answer: Answer, verdict: Verdict) -> None:
        self._batches.settle(batch, make_result(reader, answer, verdict, now=clock.now(), chance=random.random()))  # noqa: S311 - spreads load, guards nothing

    def _park(self, batch: Batch, reader: Reader, error: Exception) -> None:
        """Set a mail aside for a person; the log has the traceback under the reference that the note names."""
        reference = random_nonce()
        words = "dispatch %s, delivery %s: parked, %s"
        log.error(words, self._dispatch_id, reader.sequence, reference, exc_info=error)
        parked = Result(reader.sequence, State.HELD, "cannot_be_made", note=f"reference {reference}")
        self._batches.settle(batch, parked)

    def _may_try_now(self, reader: Reader) -> bool:
        self._lost_mails[reader.sequence] = self._lost_mails.get(reader.sequence, 0) + 1
        return self._lost_mails[reader.sequence] <= _TRIES_NOW

    async def _hold(self, answer: Answer) -> None:
        self._batches.stopped.set()
        detail = f"{self._work.relay.label}, {answer.stage}: {answer.code or 'no answer'} {answer.text}"
        await asyncio.to_thread(ledger.hold, self._dispatch_id, judge(answer).reason, detail)

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the slice lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, max(0.0, self._ends_at - time.monotonic()))):
                await self._batches.stopped.wait()
