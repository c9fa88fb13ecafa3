"""Reading SMTP replies (RFC 5321 §4.2) off a connection, in order, however the octets arrive. Everything is bounded.

aiosmtplib drops replies that nobody waits for yet, which pipelining (RFC 2920) needs; so after it has connected and
signed in, this protocol takes over the transport.
"""

import asyncio
import logging
from collections import deque
from typing import cast

from mailer import metrics

log = logging.getLogger(__name__)

MAX_LINE_OCTETS = 4096
MAX_REPLY_OCTETS = 32_768
MALFORMED = 999
_SEPARATORS = {b"", b" ", b"-"}
_TICK_SECONDS = 0.25


class LostError(Exception):
    """The connection is gone, or the relay said nothing for too long."""


class ReplyProtocol(asyncio.Protocol):
    """Collects replies as (code, text); a reply that is no SMTP has the code 999 and ends the connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._outgoing: list[bytes] = []  # handed to the transport in the loop's next turn
        self._buffer = b""
        self._lines: list[bytes] = []
        self._octets = 0
        self._replies: deque[tuple[int, bytes]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._is_writable = True
        self._lost = self._is_nonsense = False

    @property
    def is_open(self) -> bool:
        return not self._lost and not self._transport.is_closing()

    @property
    def has_unsent(self) -> bool:
        """Whether octets were written that the connection ended too early for: nothing of them has left."""
        return bool(self._outgoing)

    async def write(self, pieces: list[bytes], seconds: float) -> None:
        """Send octets once there is room for them; LostError when there is no connection, or no room in time.

        They go to the kernel in the loop's next turn, right behind those of other connections. A relay that has been
        woken for one mail then finds the others, too; waking it for each would cost a sixth of a mail's time.
        """
        while not self._is_writable and self.is_open:
            await self._wait(seconds)
        if self._lost or self._transport.is_closing():
            raise LostError("the connection was lost")
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing += pieces

    async def read(self, seconds: float) -> tuple[int, bytes]:
        """Return the next reply; LostError when none comes within `seconds` or the connection is lost."""
        while not self._replies:
            if not self.is_open:
                raise LostError("the connection was lost")
            await self._wait(seconds)
        self._flush()  # an answer may be there before what it is taken to answer
        return self._replies.popleft()

    def skip(self, codes: tuple[int, ...]) -> bool:
        """Take replies with just these codes, if they have come; else take none."""
        replies = self._replies
        if tuple([reply[0] for reply in replies][: len(codes)]) != codes:
            return False
        for _ in codes:
            replies.popleft()
        return True

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._take_line(line)
        if len(self._buffer) > MAX_LINE_OCTETS:
            self._end_with_nonsense(b"the reply is too long")
        self._wake()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._lost:
            metrics.connections.dec()
        self._lost = True
        self._wake()

    def pause_writing(self) -> None:
        self._is_writable = False

    def resume_writing(self) -> None:
        self._is_writable = True
        self._wake()

    def _flush(self) -> None:
        """Hand the transport what was written; what the connection has ended too early for stays as unsent."""
        if not self._outgoing or not self.is_open:
            return
        pieces, self._outgoing = self._outgoing, []
        try:
            self._transport.writelines(pieces)
        except Exception:  # nobody waits for this call: whoever waits for an answer hears that there is none
            log.exception("octets could not be written")
            self.close()
            self._wake()

    def _take_line(self, line: bytes) -> None:
        if self._is_nonsense:
            return
        line = line.rstrip(b"\r")
        code, separator = line[:3], line[3:4]
        self._octets += len(line)
        if self._octets > MAX_REPLY_OCTETS or len(line) > MAX_LINE_OCTETS:
            self._end_with_nonsense(b"the reply is too long")
        elif not code.isdigit() or separator not in _SEPARATORS:
            self._end_with_nonsense(line)
        elif separator == b"-":
            self._lines.append(line[4:])
        else:
            text = b" ".join([*self._lines, line[4:]]) if self._lines else line[4:]
            self._replies.append((int(code), text))
            self._lines.clear()
            self._octets = 0

    def _end_with_nonsense(self, text: bytes) -> None:
        self._buffer, self._is_nonsense = b"", True
        self._replies.append((MALFORMED, text))
        self.close()

    async def _wait(self, seconds: float) -> None:
        """Wait until something has changed; a connection on which nothing has after `seconds` is closed.

        A late answer would be taken for the answer to something else.
        """
        self._deadline = self._loop.time() + seconds
        self._ticker = self._ticker or self._loop.call_later(_TICK_SECONDS, self._tick)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _tick(self) -> None:
        """Look for a missed deadline now and then: a timer for every answer would cost more than reading it."""
        self._ticker = None
        if self._waiter is None:
            return
        if self._loop.time() >= self._deadline:
            self.close()
            self._wake()
        else:
            self._ticker = self._loop.call_later(_TICK_SECONDS, self._tick)

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


def take_over(transport: asyncio.BaseTransport) -> ReplyProtocol:
    """Put a reply protocol on a transport that aiosmtplib has connected; its own protocol hears nothing any more."""
    protocol = ReplyProtocol(cast("asyncio.Transport", transport))
    transport.set_protocol(protocol)
    metrics.connections.inc()
    return protocol
