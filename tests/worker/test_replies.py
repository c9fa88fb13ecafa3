"""What is written and read on a connection whose ends are both here, turn by turn of the loop."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from mailer.deliveries.personalise import Mail
from worker.engine.outcome import Answer, Fate, judge
from worker.engine.replies import LostError, ReplyProtocol, take_over
from worker.engine.transport import Connection, Offers, Timeouts

T = TypeVar("T")

QUICK = Timeouts(connect=1, command=1, data=1, body=1, dot=1)
MAIL = Mail("bounce@example.org", "reader@example.org", [b"Subject: x\r\n\r\n", b"Hello\r\n"], 21)


def talk(act: Callable[[ReplyProtocol, socket.socket], Coroutine[Any, Any, T]]) -> T:
    """Give `act` one end of a connection as the engine has it, and the relay's end."""

    async def run() -> T:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        with theirs:
            try:
                return await act(take_over(transport), theirs)
            finally:
                transport.abort()

    return asyncio.run(run())


def read(theirs: socket.socket) -> bytes:
    try:
        return theirs.recv(1000)
    except BlockingIOError:
        return b""


def test_what_is_written_in_one_turn_leaves_in_the_next_in_its_order() -> None:
    async def act(protocol: ReplyProtocol, theirs: socket.socket) -> tuple[bytes, bytes]:
        await protocol.write([b"one ", b"two "], 1)
        await protocol.write([b"three"], 1)
        at_once = read(theirs)
        await asyncio.sleep(0.01)
        return at_once, read(theirs)

    assert talk(act) == (b"", b"one two three")


def test_nothing_leaves_a_connection_that_was_closed_in_the_same_turn() -> None:
    async def act(protocol: ReplyProtocol, theirs: socket.socket) -> tuple[bytes, bool]:
        await protocol.write([b"one"], 1)
        protocol.close()
        await asyncio.sleep(0.01)
        with pytest.raises(LostError):
            await protocol.write([b"two"], 1)
        return read(theirs), protocol.has_unsent

    assert talk(act) == (b"", True)


def test_an_answer_that_was_there_before_is_read_after_the_octets_have_left() -> None:
    async def act(protocol: ReplyProtocol, theirs: socket.socket) -> tuple[tuple[int, bytes], bytes]:
        theirs.send(b"250 taken\r\n")
        await asyncio.sleep(0.01)
        await protocol.write([b"mail"], 1)
        return await protocol.read(1), read(theirs)

    assert talk(act) == ((250, b"taken"), b"mail")


def test_octets_that_cannot_be_written_end_the_connection_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def act(protocol: ReplyProtocol, _theirs: socket.socket) -> bool:
        await protocol.write([None], 1)  # type: ignore[list-item]  # on purpose
        with pytest.raises(LostError):
            await protocol.read(60)
        return protocol.has_unsent

    assert talk(act) is False
    assert "could not be written" in caplog.text


def test_a_mail_of_which_nothing_left_is_safe_to_send_again() -> None:
    async def act(protocol: ReplyProtocol, theirs: socket.socket) -> Answer:
        connection = Connection(protocol, QUICK, Offers(pipelining=True))
        theirs.send(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await asyncio.sleep(0.01)
        asyncio.get_running_loop().call_soon(connection.abort)  # before the octets are handed over
        return await connection.deliver(MAIL, lambda: None)

    answer = talk(act)
    assert judge(answer).fate is Fate.AGAIN_NOW
