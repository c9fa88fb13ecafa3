"""The connections of a slice: to which relay the next one goes, and what it means when there is none.

Shared by all servers of the slice; `traffic` has what slices share.
"""

import asyncio
import logging
import time

from mailer.log import ids
from mailer.relays.terms import RelayOption
from worker.engine import ledger
from worker.engine.batches import Batches
from worker.engine.outcome import Answer, Stage, judge
from worker.engine.pace import reconnect_delay
from worker.engine.stages import CONNECT, Stages
from worker.engine.traffic import Lane, Traffic
from worker.engine.transport import NoConnectionError

log = logging.getLogger(__name__)

LONG_SECONDS = 5.0  # a wait that is longer is for a quota, not for a rate
_LOG_EVERY = 20  # ten connections that fail every few seconds would fill a disk
_TLS_FAILURES_TO_HOLD = 20


class Lanes:
    """Finds connections for the servers of a slice and knows which are open."""

    def __init__(self, work: ledger.Work, traffic: Traffic, batches: Batches, stages: Stages) -> None:
        self._work, self._traffic, self._batches, self._stages = work, traffic, batches, stages
        self._open: set[Lane] = set()
        self._opening = 0  # servers that are connecting
        self._failures = 0  # to connect, in a row
        self._told: set[str] = set()  # relays whose trouble has been stored in this slice

    async def find(self, lane: Lane | None) -> Lane | None:
        """Return a connection to a relay that is up, the present one when it serves still.

        None when this server is not needed, or nothing can go out.
        """
        if lane and lane.connection.is_open and not self._is_used_up(lane):
            return lane
        if lane:
            await self.drop(lane)
        while not self._batches.has_ended:
            relay = self._traffic.choose(self._work.relays)
            if relay is None:
                # While another server is connecting, or its connections are all that a relay allows, others go on.
                if not self._open and not self._opening and self._traffic.is_blocked(self._work):
                    self._batches.stopped.set()
                return None
            began = time.perf_counter()
            self._opening += 1
            try:
                lane = await self._traffic.open(relay)
            except NoConnectionError as error:
                self._opening -= 1
                await self._note_failure(relay, error.answer)
            except BaseException:
                self._opening -= 1
                raise
            else:
                self._stages.add(CONNECT, time.perf_counter() - began)
                self._opening -= 1
                self._failures = 0
                self._open.add(lane)
                return lane
        return None

    def _is_used_up(self, lane: Lane) -> bool:
        """Tell whether a relay's quota ends here while another relay could go on."""
        wait = self._traffic.wait_of(lane.relay.key, self._work.sender_key)
        return wait > LONG_SECONDS and not self._traffic.is_blocked(self._work)

    async def _note_failure(self, relay: RelayOption, answer: Answer) -> None:
        """Try another relay, or wait; hold the dispatch when the only one refuses us, or cannot be trusted."""
        self._failures += 1
        words = f"{answer.code} {answer.text}" if answer.code else answer.text
        if relay.key not in self._told:
            self._told.add(relay.key)
            await asyncio.to_thread(ledger.note_trouble, relay.key, f"{answer.stage}: {words}")
        if self._failures % _LOG_EVERY == 1:
            known = ids(dispatch=self._work.content.dispatch_id, relay=relay.address.label, stage=answer.stage)
            log.warning("no connection: %s", words, extra=known)
        is_only_one = len(self._work.relays) == 1
        too_often = answer.stage is Stage.TLS and self._traffic.count_tls_failure(relay) >= _TLS_FAILURES_TO_HOLD
        if is_only_one and (judge(answer).hold_dispatch or too_often):
            await self.hold(relay, answer)
            return
        if answer.stage is not Stage.TLS or not is_only_one:
            self._traffic.failed(relay)
        if is_only_one:
            await self._batches.wait(reconnect_delay(self._failures))

    async def drop(self, lane: Lane) -> None:
        self._open.discard(lane)
        await self._traffic.drop(lane)

    def give_back(self, lane: Lane) -> None:
        """Keep a connection for the next slice."""
        self._open.discard(lane)
        self._traffic.give_back(lane)

    def cut(self) -> None:
        """Cut every connection: mails on the wire are then unknown, and tried again with the same Message-ID."""
        for lane in self._open:
            lane.connection.abort()

    async def hold(self, relay: RelayOption, answer: Answer) -> None:
        self._batches.stopped.set()
        detail = f"{relay.address.label}, {answer.stage}: {answer.code or 'no answer'} {answer.text}"
        await asyncio.to_thread(ledger.hold, self._work.content.dispatch_id, judge(answer).reason, detail)
