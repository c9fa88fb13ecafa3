"""Where the next mail may go, and when: a process's relays with their connections, health, rates and quotas."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mailer.relays.choice import choose_option
from mailer.relays.terms import RelayOption
from worker.engine.health import Health
from worker.engine.ledger import Work
from worker.engine.limits import make_limits
from worker.engine.outcome import Answer, Stage
from worker.engine.pool import Pool
from worker.engine.quotas import Quotas
from worker.engine.transport import Connection, NoConnectionError, Timeouts

# A relay that has not answered for so long is tried further beside the sending, and others have their turn.
PATIENCE_SECONDS = 3.0


class Lane(NamedTuple):
    """An open connection and the relay it leads to."""

    relay: RelayOption
    connection: Connection


class Traffic:
    """One a process, owned by its event loop."""

    def __init__(self, timeouts: Timeouts) -> None:
        self.pool = Pool(timeouts)
        self._health = Health()
        self._limits = make_limits()
        self._quotas = Quotas()
        self._connections: Counter[str] = Counter()
        self._tls_failures: Counter[str] = Counter()
        self._opening: set[asyncio.Task[Connection]] = set()
        self._late: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._limits.start()

    def prepare(self, work: Work) -> None:
        """Take the limits of a dispatch's relays and sender as they are now."""
        self._limits.set_relays(work.relays)
        for key, quota in work.quotas.items():
            self._quotas.set_quota(key, quota)

    def is_blocked(self, work: Work) -> bool:
        """Tell whether nothing of a dispatch can go out now: its relays are down, or quotas are used up."""
        return work.sender_key in self._quotas.exhausted() or choose_option(work.relays, 0, down=self._down()) is None

    def choose(self, relays: Sequence[RelayOption]) -> RelayOption | None:
        """Return a relay that may have another connection now."""
        chance = random.random()  # noqa: S311 - shares load, guards nothing
        return choose_option(relays, chance, down=self._down(), connections=self._connections)

    async def open(self, relay: RelayOption) -> Lane:
        """Return a connection to a relay; NoConnectionError when there is none within some seconds."""
        self._health.note_try(relay.key, time.monotonic())
        self._connections[relay.key] += 1
        opening = asyncio.create_task(self.pool.borrow(relay.address))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        await asyncio.wait({opening}, timeout=PATIENCE_SECONDS)
        if not opening.done():  # counts until it is done
            opening.add_done_callback(lambda task: self._keep(relay, task))
            raise NoConnectionError(Answer.of(Stage.CONNECT, 0, f"no connection in {PATIENCE_SECONDS:.0f} s"))
        try:
            connection = opening.result()
        except BaseException:
            self._connections[relay.key] -= 1
            raise
        self._health.succeeded(relay.key)
        self._tls_failures.pop(relay.key, None)
        return Lane(relay, connection)

    def count_tls_failure(self, relay: RelayOption) -> int:
        """Count a connection that could not be secured; return how many there were in a row."""
        self._tls_failures[relay.key] += 1
        return self._tls_failures[relay.key]

    def failed(self, relay: RelayOption) -> None:
        """Note that a relay could not be reached, or did not let us in."""
        self._health.failed(relay.key, time.monotonic(), random.random())  # noqa: S311 - spreads load

    def adopt(self, late: Iterable[asyncio.Task[None]]) -> None:
        """Keep servers that still wait for an answer when their slice has ended."""
        for task in late:
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    def give_back(self, lane: Lane) -> None:
        """Keep a connection for the next slice."""
        self._end(lane)
        self.pool.give_back(lane.relay.address, lane.connection)

    async def drop(self, lane: Lane) -> None:
        """Close a connection that is of no more use."""
        self._end(lane)
        await lane.connection.close()

    def wait_of(self, relay_key: str, sender_key: str) -> float:
        """Return seconds until anything may go over a relay from a sender: 0.0 when only a domain may have to wait."""
        return self._limits.wait_of(relay_key) or self._quotas.wait_of(relay_key, sender_key)

    def try_take(self, relay_key: str, sender_key: str, domain: str) -> float:
        """Return 0.0 when a mail may go to `domain` over a relay now, else seconds until it is worth asking again."""
        return self._limits.try_take(relay_key, domain) or self._quotas.try_take(relay_key, sender_key)

    def throttled(self, relay_key: str, domain: str) -> None:
        """Slow a domain down on a relay that has said "too fast"; no other is slowed."""
        self._limits.throttled(relay_key, domain)

    async def rest(self) -> None:
        """Give back what was reserved and not used: no slice runs now."""
        await self._quotas.release()

    async def close(self) -> None:
        tasks = [*self._opening, *self._late]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.rest()
        await self._limits.close()
        await self.pool.close()

    def _down(self) -> set[str]:
        return {*self._health.down(time.monotonic()), *self._quotas.exhausted()}

    def _keep(self, relay: RelayOption, opening: "asyncio.Task[Connection]") -> None:
        """Take a connection that came late: it says that the relay is up, and waits for the next slice."""
        self._connections[relay.key] -= 1
        if not opening.cancelled() and opening.exception() is None:
            self._health.succeeded(relay.key)
            self.pool.give_back(relay.address, opening.result())

    def _end(self, lane: Lane) -> None:
        self._connections[lane.relay.key] -= 1
