"""Serving readers: take one, make the mail, hand it to a relay, settle what became of it.

One `Serving` belongs to a slice and is shared by all its connections; `serve` runs once for each of them.
"""

import asyncio
import logging
import random
import time
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from mailer import clock
from mailer.config import get_settings
from mailer.deliveries.claim import Reader
from mailer.deliveries.personalise import Mail, Personaliser
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result
from mailer.log import ids
from mailer.tokens import random_nonce
from worker.engine import ledger
from worker.engine.ahead import Ahead
from worker.engine.batches import Batch, Batches
from worker.engine.lanes import LONG_SECONDS, Lanes
from worker.engine.outcome import Answer, Fate, Stage, Verdict, judge
from worker.engine.results import Suspicion, make_result
from worker.engine.stages import COMPOSE, LIMITED, WAIT, Stages
from worker.engine.traffic import Lane, Traffic

log = logging.getLogger(__name__)

_TRIES_NOW = 3
_REFUSALS_TO_HOLD = 20
_AFTER_SILENCE = timedelta(minutes=1)
_MOST_ASIDE_AT_ONCE = 100  # before others have their turn
_AFTER_RECIPIENT = frozenset({Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT})


class Ready(NamedTuple):
    """A reader with the mail that was made for them."""

    batch: Batch
    reader: Reader
    mail: Mail


def domain_of(reader: Reader) -> str:
    """Return the domain by which permits are asked for and slowed: one spelling for both, with Swedish letters too."""
    return reader.address.rpartition("@")[2].lower()


class Serving:
    """What all connections of a slice share. `changed` are subscribers to ask the database about before mailing."""

    def __init__(self, work: ledger.Work, traffic: Traffic, batches: Batches, lanes: Lanes, stages: Stages) -> None:
        self._work = work
        self._dispatch_id = work.content.dispatch_id
        self._traffic = traffic
        self._stages = stages
        self._batches = batches
        self._lanes = lanes
        self._ahead = Ahead(Personaliser(work.content))
        self._in_flight: dict[int, Ready] = {}  # by sequence: offered, and not answered
        self._lost_mails: dict[int, int] = {}
        self._suspicion = Suspicion(is_cleared=work.has_sent, limit=min(_REFUSALS_TO_HOLD, work.recipients))
        self._suspects: list[tuple[Batch, Reader, Answer]] = []
        self._last_relay = work.relays[0]  # that refused a suspect
        self.changed: frozenset[int] = frozenset()
        self.looked_at = time.monotonic()
        self.sent = 0

    async def serve(self) -> None:
        """Serve readers over one connection, opened when there is somebody to serve and kept for the next slice."""
        lane: Lane | None = None
        following: Ready | None = None  # its envelope is on its way over this lane
        try:
            while not self._batches.stopped.is_set():
                if following and lane and following.reader.subscriber_id in self.changed:
                    # They may have left while the answer before theirs was long in coming: their envelope is on its
                    # way, and only an end of the connection takes it back. Without a body there is no mail.
                    ended, lane = lane, None
                    await self._lanes.drop(ended)
                if following and not (lane and lane.connection.is_open):
                    self._put_back(following)
                    following = None
                ready, following = following, None
                if ready is None:
                    if not await self._is_somebody_due():
                        break
                    former, lane = lane, None
                    lane = await self._lanes.find(former)
                    if lane is None:
                        break
                    ready = self._make_next(lane)
                if ready is None:
                    await self._wait_for_permits(lane)
                    continue
                following = self._make_next(lane) if lane and lane.connection.is_pipelining else None
                if lane and await self._serve_reader(lane, ready, following):
                    former, lane = lane, None
                    await self._lanes.drop(former)
        finally:
            self._put_back(following)
            if lane:
                self._lanes.give_back(lane)

    async def settle_suspects(self) -> None:
        """Fail readers whose mail was refused while others got theirs; hold when nobody got it."""
        if self._suspects and not self._suspicion.is_cleared:
            if self._batches.ran_dry:
                await self._lanes.hold(self._last_relay, self._suspects[-1][2])
            return  # they stay planned
        for batch, reader, answer in self._suspects:
            self._settle(batch, reader, answer, judge(answer))

    def part(self) -> None:
        """Let the slice end although answers are still to come: their mails are deferred, in case none comes.

        The batch can then be given back. An answer that comes is told all the same (`_tell_late`).
        """
        due_at = clock.now() + timedelta(seconds=get_settings().smtp_dot_seconds) + _AFTER_SILENCE
        for sequence, (batch, reader, _mail) in self._in_flight.items():
            self._batches.settle(
                batch,
                Result(
                    sequence,
                    State.DEFERRED,
                    "no_answer",
                    note="no answer yet",
                    due_at=due_at,
                    attempt=reader.attempt + 1,
                    may_be_doubled=True,
                ),
            )
        self._in_flight.clear()

    async def _tell_late(self, reader: Reader, answer: Answer, verdict: Verdict) -> None:
        """Record an answer that came after the slice had ended, unless the mail has been tried again since."""
        if verdict.fate not in {Fate.SENT, Fate.FAILED}:
            return
        result = make_result(reader, answer, verdict, now=clock.now(), chance=0.5)
        await asyncio.to_thread(ledger.record_late, self._dispatch_id, result)

    def _make_next(self, lane: Lane) -> Ready | None:
        """Return the next mail that may go out over a lane now, when that takes no waiting."""
        key, sender = lane.relay.key, self._work.sender_key
        if time.monotonic() - self.looked_at > ledger.TRUST_LOOK_SECONDS or self._traffic.wait_of(key, sender):
            return None
        for _ in range(_MOST_ASIDE_AT_ONCE):
            taken = self._batches.take_waiting()
            if taken is None:
                return None
            batch, reader = taken
            if not batch.is_ours:
                continue
            if reader.subscriber_id in self.changed:
                self._batches.put_back(batch, reader)
                return None
            if wait := self._traffic.try_take(key, sender, domain_of(reader)):
                self._batches.set_aside(batch, reader, wait)
                continue
            began = time.perf_counter()
            try:
                ready = Ready(batch, reader, self._ahead.make(reader, self._batches.waiting))
            except Exception as error:  # noqa: BLE001 - whatever it is must not stop the others
                self._park(batch, reader, error)
            else:
                self._stages.add(COMPOSE, time.perf_counter() - began)
                return ready
        return None

    async def _is_somebody_due(self) -> bool:
        """Wait until there is somebody to serve, skipping whoever has left; False when the slice is to end."""
        while taken := await self._batches.take():
            self._batches.put_back(*taken)
            await self._wait_until_looked()
            if taken[1].subscriber_id not in self.changed:
                return True
            await self._skip_if_left()
        return False

    async def _wait_for_permits(self, lane: Lane | None) -> None:
        """Wait until the lane's relay may have another mail; end the slice when nothing may go out for long."""
        wait = self._traffic.wait_of(lane.relay.key, self._work.sender_key) if lane else 0.0
        if wait > LONG_SECONDS and self._traffic.is_blocked(self._work):
            self._batches.stopped.set()  # a quota is used up: others have their turn until there is more
            return
        began = time.perf_counter()
        await asyncio.sleep(min(wait, LONG_SECONDS / 10))  # at least the others' turn
        if wait:
            self._stages.add(LIMITED, time.perf_counter() - began)

    async def _wait_until_looked(self) -> None:
        """While the database is away nobody knows who has left: nothing goes out."""
        while time.monotonic() - self.looked_at > ledger.TRUST_LOOK_SECONDS and not self._batches.has_ended:
            await self._batches.wait(0.1)

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

    async def _serve_reader(self, lane: Lane, ready: Ready, following: Ready | None) -> bool:
        """Send one mail and settle what became of it; return whether to drop the connection."""
        try:
            return await self._send(lane, ready, following)
        except SQLAlchemyError as error:
            log.warning("the database is away", extra=ids(dispatch=self._dispatch_id, error=error))
            self._put_back(ready)
            await self._batches.wait(1)
        except Exception as error:  # noqa: BLE001 - the mail is parked for a person, and the connection dropped
            if self._in_flight.pop(ready.reader.sequence, None):
                self._park(ready.batch, ready.reader, error)
        return True

    async def _send(self, lane: Lane, ready: Ready, following: Ready | None) -> bool:
        batch, reader = ready.batch, ready.reader
        began = time.perf_counter()
        self._in_flight[reader.sequence] = ready
        answer = await lane.connection.deliver(
            ready.mail,
            lambda: batch.journal.mark(reader.sequence, State.ON_THE_WIRE),
            following.mail if following else None,
        )
        self._stages.add(WAIT, time.perf_counter() - began)
        verdict = judge(answer)
        if self._in_flight.pop(reader.sequence, None) is None:
            await self._tell_late(reader, answer, verdict)
            return True
        if verdict.fate is Fate.SENT:
            batch.journal.mark(reader.sequence, State.SENT)
            self.sent += 1
            self._suspicion.is_cleared = True
            sent = Result(reader.sequence, State.SENT, "", answer.code, "", None, reader.attempt + 1)
            self._batches.settle(batch, sent)
            return False
        batch.journal.mark(reader.sequence, State.ON_THE_WIRE if verdict.fate is Fate.UNKNOWN else State.PLANNED)
        if verdict.hold_dispatch:
            await self._lanes.hold(lane.relay, answer)
        if verdict.fate is Fate.AGAIN_NOW and self._may_try_now(reader):
            self._batches.put_back(batch, reader)
        elif self._suspicion.keeps_back(verdict):
            self._suspects.append((batch, reader, answer))
            self._last_relay = lane.relay
            if self._suspicion.is_confirmed:
                await self._lanes.hold(lane.relay, answer)
        else:
            self._settle(batch, reader, answer, verdict)
        if verdict.slow_down:
            await self._slow_down(lane, ready, answer)
        return verdict.drop_connection

    async def _slow_down(self, lane: Lane, ready: Ready, answer: Answer) -> None:
        """Heed "too fast": after the recipient was named it is about their domain, before it about this connection."""
        if answer.stage in _AFTER_RECIPIENT:
            self._traffic.throttled(lane.relay.key, domain_of(ready.reader))
        else:
            await self._batches.wait(1)

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
