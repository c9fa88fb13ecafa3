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
from mailer.log import ids
from mailer.relays.terms import RelayOption
from mailer.tokens import random_nonce
from worker.engine import ledger
from worker.engine.batches import Batch, Batches
from worker.engine.outcome import Answer, Fate, Stage, Verdict, judge
from worker.engine.pace import reconnect_delay
from worker.engine.results import Suspicion, make_result
from worker.engine.stages import COMPOSE, CONNECT, WAIT, Stages
from worker.engine.traffic import Lane, Traffic
from worker.engine.transport import NoConnectionError

log = logging.getLogger(__name__)

_TRIES_NOW = 3
_LOG_EVERY = 20  # ten connections that fail every few seconds would fill a disk
_TLS_FAILURES_TO_HOLD = 20
_REFUSALS_TO_HOLD = 20
_LONG_SECONDS = 5.0
_AFTER_RECIPIENT = frozenset({Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})


class Ready(NamedTuple):
    """A reader with the mail that was made for them."""

    batch: Batch
    reader: Reader
    mail: Mail

    @property
    def domain(self) -> str:
        return self.mail.recipient.rpartition("@")[2].lower()


class Serving:
    """What all connections of a slice share. `changed` are subscribers to ask the database about before mailing."""

    def __init__(self, work: ledger.Work, traffic: Traffic, batches: Batches, ends_at: float, stages: Stages) -> None:
        self._work = work
        self._dispatch_id = work.content.dispatch_id
        self._traffic = traffic
        self._stages = stages
        self._batches = batches
        self._ends_at = ends_at
        self._personaliser = Personaliser(work.content)
        self._lanes: set[Lane] = set()
        self._failures = 0  # to connect, in a row
        self._lost_mails: dict[int, int] = {}
        self._suspicion = Suspicion(is_cleared=work.has_sent, limit=min(_REFUSALS_TO_HOLD, work.recipients))
        self._suspects: list[tuple[Batch, Reader, Answer]] = []
        self._last_relay = work.relays[0]  # that refused a suspect
        self.changed: frozenset[int] = frozenset()
        self.looked_at = time.monotonic()
        self.sent = 0

    async def serve(self) -> None:
        """Serve readers over one connection, opened when the first mail is ready and kept for the next slice."""
        lane: Lane | None = None
        ready: Ready | None = None
        following: Ready | None = None  # has its permit for this lane, and perhaps its envelope is on its way there
        try:
            while ready := following or self._make_next() or await self._wait_for_next():
                if lane is None or not lane.connection.is_open:
                    lane, following = await self._find_lane(lane), None
                if lane is None:
                    break
                if following or self._take_permit(lane, ready):
                    following = self._take_permit(lane, self._make_next())
                    if await self._serve_reader(lane, ready, following):
                        await self._drop(lane)
                        lane = None
                ready = None
                if self._batches.stopped.is_set():
                    break
        finally:
            self._put_back(ready or following)
            if lane:
                self._lanes.discard(lane)
                self._traffic.give_back(lane)

    async def settle_suspects(self) -> None:
        """Fail readers whose mail was refused while others got theirs; hold when nobody got it."""
        if self._suspects and not self._suspicion.is_cleared:
            if self._batches.ran_dry:
                await self._hold(self._last_relay, self._suspects[-1][2])
            return  # they stay planned
        for batch, reader, answer in self._suspects:
            self._settle(batch, reader, answer, judge(answer))

    def cut(self) -> None:
        """Cut every connection: mails on the wire are then unknown, and tried again with the same Message-ID."""
        for lane in self._lanes:
            lane.connection.abort()

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
            began = time.perf_counter()
            try:
                ready = Ready(batch, reader, self._personaliser.make(reader, clock.now()))
            except Exception as error:  # noqa: BLE001 - whatever it is must not stop the others
                self._park(batch, reader, error)
            else:
                self._stages.add(COMPOSE, time.perf_counter() - began)
                return ready
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

    def _take_permit(self, lane: Lane, ready: Ready | None) -> Ready | None:
        """Return the mail if it may go out now; else its reader is set aside until it is worth asking again."""
        if ready is None:
            return None
        wait = self._traffic.try_take(lane.relay.key, self._work.sender_key, ready.domain)
        if not wait:
            return ready
        self._batches.set_aside(ready.batch, ready.reader, wait)
        if wait > _LONG_SECONDS and self._traffic.is_blocked(self._work):
            self._batches.stopped.set()  # a quota is used up: others have their turn until there is more
        return None

    async def _find_lane(self, former: Lane | None) -> Lane | None:
        """Return a connection to a relay that is up; None when this server is not needed, or nothing can go out."""
        if former:
            await self._drop(former)
        while not self._batches.has_ended:
            relay = self._traffic.choose(self._work.relays)
            if relay is None:
                if not self._lanes:
                    self._batches.stopped.set()
                return None
            began = time.perf_counter()
            try:
                lane = await self._traffic.open(relay)
            except NoConnectionError as error:
                await self._note_failure(relay, error.answer)
            else:
                self._stages.add(CONNECT, time.perf_counter() - began)
                self._failures = 0
                self._lanes.add(lane)
                return lane
        return None

    async def _note_failure(self, relay: RelayOption, answer: Answer) -> None:
        """Try another relay, or wait; hold the dispatch when the only one refuses us, or cannot be trusted."""
        self._failures += 1
        if self._failures % _LOG_EVERY == 1:
            known = ids(dispatch=self._dispatch_id, relay=relay.address.label, stage=answer.stage)
            log.warning("no connection: %s %s", answer.code or "", answer.text, extra=known)
        is_only_one = len(self._work.relays) == 1
        too_often = answer.stage is Stage.TLS and self._failures >= _TLS_FAILURES_TO_HOLD
        if is_only_one and (judge(answer).hold_dispatch or too_often):
            await self._hold(relay, answer)
            return
        if answer.stage is not Stage.TLS or not is_only_one:
            self._traffic.failed(relay)
        if is_only_one:
            await self._wait(reconnect_delay(self._failures))

    async def _drop(self, lane: Lane) -> None:
        self._lanes.discard(lane)
        await self._traffic.drop(lane)

    async def _serve_reader(self, lane: Lane, ready: Ready, following: Ready | None) -> bool:
        """Send one mail and settle what became of it; return whether to drop the connection."""
        try:
            return await self._send(lane, ready, following)
        except SQLAlchemyError as error:
            log.warning("the database is away", extra=ids(dispatch=self._dispatch_id, error=error))
            self._put_back(ready)
            await self._wait(1)
        except Exception as error:  # noqa: BLE001 - the mail is parked for a person, and the connection dropped
            self._park(ready.batch, ready.reader, error)
        return True

    async def _send(self, lane: Lane, ready: Ready, following: Ready | None) -> bool:
        batch, reader = ready.batch, ready.reader
        began = time.perf_counter()
        answer = await lane.connection.deliver(
            ready.mail,
            lambda: batch.journal.mark(reader.sequence, State.ON_THE_WIRE),
            following.mail if following else None,
        )
        self._stages.add(WAIT, time.perf_counter() - began)
        verdict = judge(answer)
        if verdict.fate is Fate.SENT:
            batch.journal.mark(reader.sequence, State.SENT)
            self.sent += 1
            self._suspicion.is_cleared = True
            sent = Result(reader.sequence, State.SENT, "", answer.code, "", None, reader.attempt + 1)
            self._batches.settle(batch, sent)
            return False
        batch.journal.mark(reader.sequence, State.ON_THE_WIRE if verdict.fate is Fate.UNKNOWN else State.PLANNED)
        if verdict.hold_dispatch:
            await self._hold(lane.relay, answer)
        if verdict.fate is Fate.AGAIN_NOW and self._may_try_now(reader):
            self._batches.put_back(batch, reader)
        elif self._suspicion.keeps_back(verdict):
            self._suspects.append((batch, reader, answer))
            self._last_relay = lane.relay
            if self._suspicion.is_confirmed:
                await self._hold(lane.relay, answer)
        else:
            self._settle(batch, reader, answer, verdict)
        if verdict.slow_down:
            await self._slow_down(lane, ready, answer)
        return verdict.drop_connection

    async def _slow_down(self, lane: Lane, ready: Ready, answer: Answer) -> None:
        """Heed "too fast": after the recipient was named it is about their domain, before it about this connection."""
        if answer.stage in _AFTER_RECIPIENT:
            self._traffic.throttled(lane.relay.key, ready.domain)
        else:
            await self._wait(1)

    def _settle(self, batch: Batch, reader: Reader, answer: Answer, verdict: Verdict) -> None:
        self._batches.settle(batch, make_result(reader, answer, verdict, now=clock.now(), chance=random.random()))  # noqa: S311 - spreads load, guards nothing

    def _park(self, batch: Batch, reader: Reader, error: Exception) -> None:
        """Set a mail aside for a person; the log has the traceback under the reference that the note names."""
        reference = random_nonce()
        known = ids(dispatch=self._dispatch_id, delivery=reader.sequence, reference=reference)
        log.error("a mail could not be made and is held", exc_info=error, extra=known)
        parked = Result(reader.sequence, State.HELD, "cannot_be_made", note=f"reference {reference}")
        self._batches.settle(batch, parked)

    def _may_try_now(self, reader: Reader) -> bool:
        self._lost_mails[reader.sequence] = self._lost_mails.get(reader.sequence, 0) + 1
        return self._lost_mails[reader.sequence] <= _TRIES_NOW

    async def _hold(self, relay: RelayOption, answer: Answer) -> None:
        self._batches.stopped.set()
        detail = f"{relay.address.label}, {answer.stage}: {answer.code or 'no answer'} {answer.text}"
        await asyncio.to_thread(ledger.hold, self._dispatch_id, judge(answer).reason, detail)

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than the slice lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, max(0.0, self._ends_at - time.monotonic()))):
                await self._batches.stopped.wait()
