"""Reading SMTP replies (RFC 5321 §4.2) off a connection, in order, however the octets arrive. Everything is bounded.

aiosmtplib drops replies that nobody waits for yet, which pipelining (RFC 2920) needs; so after it has connected and
signed in, this protocol takes over the transport.
"""

import asyncio
from collections import deque
from typing import cast

MAX_LINE_OCTETS = 4096
MAX_REPLY_OCTETS = 32_768
MALFORMED = 999


class LostError(Exception):
    """The connection is gone, or the relay said nothing for too long."""


class ReplyProtocol(asyncio.Protocol):
    """Collects replies as (code, text); a reply that is no SMTP has the code 999 and ends the connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._octets = 0
        self._replies: deque[tuple[int, str]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = False

    @property
    def is_open(self) -> bool:
        return not self._lost and not self._transport.is_closing()

    async def write(self, octets: bytes, seconds: float) -> None:
        """Hand octets to the kernel once there is room; LostError when there is no connection, or no room in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._writable.wait()
        except TimeoutError:
            self.close()
        if not self.is_open:
            raise LostError("the connection was lost")
        self._transport.write(octets)

    async def read(self, seconds: float) -> tuple[int, str]:
        """Return the next reply; LostError when none comes within `seconds` or the connection is lost."""
        if not self._replies:
            await self._wait(seconds)
        if not self._replies:
            raise LostError("the connection was lost")
        return self._replies.popleft()

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            self._take_line(line)
        if len(self._buffer) > MAX_LINE_OCTETS or self._octets > MAX_REPLY_OCTETS:
            self._end_with_nonsense("the reply is too long")

    def connection_lost(self, _error: Exception | None) -> None:
        self._lost = True
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _take_line(self, line: bytes) -> None:
        self._octets += len(line)
        code, separator = line[:3], line[3:4]
        if not code.isdigit() or separator not in {b"", b" ", b"-"}:
            self._end_with_nonsense(line.decode("utf-8", "replace"))
            return
        self._lines.append(line[4:])
        if separator != b"-":
            text = b" ".join(self._lines).decode("utf-8", "replace")
            self._replies.append((int(code), text))
            self._lines.clear()
            self._octets = 0
            self._wake()

    def _end_with_nonsense(self, text: str) -> None:
        self._buffer.clear()
        self._replies.append((MALFORMED, text))
        self._wake()
        self.close()

    async def _wait(self, seconds: float) -> None:
        if not self.is_open:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiter
        except TimeoutError:
            self.close()  # a late answer would be taken for the answer to something else
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


def take_over(transport: asyncio.BaseTransport) -> ReplyProtocol:
    """Put a reply protocol on a transport that aiosmtplib has connected; its own protocol hears nothing any more."""
    protocol = ReplyProtocol(cast("asyncio.Transport", transport))
    transport.set_protocol(protocol)
    return protocol
