"""Connections kept open between slices, by relay. One event loop owns a pool; nothing here is shared by threads."""

import asyncio
from collections import defaultdict

from mailer.config import get_settings
from mailer.relays.address import RelayAddress
from worker.engine.ramp import Ramp
from worker.engine.transport import Connection, Timeouts

IDLE_SECONDS = 15


class Pool:
    """Lends connections; what comes back idle is lent again for a while, then closed."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._idle: dict[RelayAddress, list[tuple[Connection, asyncio.TimerHandle]]] = defaultdict(list)
        self._ramps: dict[RelayAddress, Ramp] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def ramp_of(self, relay: RelayAddress) -> Ramp:
        """Return what is known of how many connections suit a relay."""
        return self._ramps.setdefault(relay, Ramp(get_settings().smtp_connections))

    async def borrow(self, relay: RelayAddress) -> Connection:
        """Return a connection to `relay`, a kept one when it is still open; NoConnectionError when there is none."""
        while self._idle[relay]:
            connection, timer = self._idle[relay].pop()
            timer.cancel()
            if connection.is_open:
                return connection
        return await Connection.open(relay, self._timeouts)

    def give_back(self, relay: RelayAddress, connection: Connection) -> None:
        if not connection.is_idle:
            self._close_later(connection)
            return
        timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, relay, connection)
        self._idle[relay].append((connection, timer))

    async def close(self) -> None:
        """Close every idle connection."""
        entries = [entry for kept in self._idle.values() for entry in kept]
        self._idle.clear()
        for connection, timer in entries:
            timer.cancel()
            await connection.close()

    def _expire(self, relay: RelayAddress, connection: Connection) -> None:
        self._idle[relay] = [entry for entry in self._idle[relay] if entry[0] is not connection]
        self._close_later(connection)

    def _close_later(self, connection: Connection) -> None:
        task = asyncio.get_running_loop().create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
