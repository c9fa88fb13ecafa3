"""The local inbox's SMTP server: `python -m worker.inbox --port N` takes every mail on 127.0.0.1 and keeps it.

A mail is answered with 250 only when it is durably stored. One thread writes, and what arrives while it waits for the
disk goes with the next commit, so that many connections share the price of one.
"""

import argparse
import asyncio
import queue
import signal
import sqlite3
import sys
import threading

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from mailer import clock
from mailer.config import LOCAL_INBOX_HOST, get_settings
from mailer.inbox import IncomingMail, open_inbox, store
from mailer.log import set_up

MOST_OCTETS = 25 * 1024 * 1024
MOST_MAILS_OF_COMMIT = 200
ANSWERING_SECONDS = 0.1  # when stopping, for the answers to mails that have just been stored

_END = b"\r\n.\r\n"
_Stored = tuple[IncomingMail, asyncio.Future[None]]


class Writer:
    """A thread that stores mails in the order they come, grouped into as few commits as keep up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: queue.SimpleQueue[_Stored | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="inbox-writer")
        self._thread.start()

    async def keep(self, mail: IncomingMail) -> None:
        """Return when the mail is durably stored; raises sqlite3.Error when it is not."""
        stored: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((mail, stored))
        await stored

    def stop(self) -> None:
        """Store what was handed over and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        with open_inbox() as connection:
            while batch := self._take_batch():
                error = _try_to_store(connection, [mail for mail, _ in batch])
                self._loop.call_soon_threadsafe(_answer, [stored for _, stored in batch], error)

    def _take_batch(self) -> list[_Stored]:
        """Wait for a mail and take what came with it; return nothing when it is time to stop."""
        batch: list[_Stored] = []
        item = self._waiting.get()
        while item is not None:
            batch.append(item)
            if self._waiting.empty() or len(batch) == MOST_MAILS_OF_COMMIT:
                return batch
            item = self._waiting.get_nowait()
        self._waiting.put(None)
        return batch


def _try_to_store(connection: sqlite3.Connection, mails: list[IncomingMail]) -> sqlite3.Error | None:
    try:
        store(connection, mails)
    except sqlite3.Error as error:
        return error
    return None


def _answer(waiting: list[asyncio.Future[None]], error: sqlite3.Error | None) -> None:
    for stored in waiting:
        if stored.done():  # its client is gone
            continue
        if error:
            stored.set_exception(error)
        else:
            stored.set_result(None)


class Handler:
    """What aiosmtpd calls: offers pipelining, and keeps each mail."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # Commands are read one by one from the stream and nothing is thrown away, which is all RFC 2920 §3.2 asks.
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = IncomingMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, clock.now())
        try:
            await self._writer.keep(mail)
        except sqlite3.Error as error:
            return f"451 4.3.0 The local inbox cannot store the mail: {error}"
        return "250 2.0.0 Kept in the local inbox"


class Catcher(SMTP):
    """aiosmtpd's server with a DATA that reads blocks: a mail of 40 KB has two of them, but five hundred lines.

    Lines may be of any length, as what is kept for looking at should be what was sent.
    """

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd finds it by this name
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        raw = await self._read_mail()
        if raw is None:
            status = "552 5.3.4 Too much mail data"
        else:
            self.envelope.content = raw
            status = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(status)

    async def _read_mail(self) -> bytes | None:
        """Return the mail without its end and its stuffed dots (RFC 5321 §4.5.2); None when it is too large."""
        # Only CRLF.CRLF ends a mail: with bare line feeds a second one could be smuggled in. The CRLF of the command
        # line counts as the first, so that a lone dot is an empty mail.
        received, is_too_large, looked_at = bytearray(b"\r\n"), False, 0
        while (end := received.find(_END, looked_at)) < 0:
            looked_at = max(0, len(received) - len(_END) + 1)
            if len(received) > MOST_OCTETS:
                is_too_large = True
                del received[:looked_at]
                looked_at = 0
            # Takes all there is, so that what is not ours can be put back in front of what comes next.
            received += await self._reader.read(MOST_OCTETS)
        if rest := received[end + len(_END) :]:
            self._reader.feed_data(bytes(rest))
        if is_too_large or end > MOST_OCTETS:
            return None
        return bytes(received[: end + 2].replace(b"\r\n.", b"\r\n"))[2:]


async def serve(port: int) -> None:
    """Take mails until SIGTERM or SIGINT; print one line when ready."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    with open_inbox():  # what is wrong with the folder shows now and not with the first mail
        writer = Writer(loop)
    handler = Handler(writer)

    def make_session() -> Catcher:
        return Catcher(
            handler,
            data_size_limit=MOST_OCTETS,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Mailer local inbox",
            loop=loop,
        )

    try:
        server = await loop.create_server(make_session, LOCAL_INBOX_HOST, port)
        sys.stdout.write(f"The local inbox listens on {LOCAL_INBOX_HOST}:{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await stopping.wait()
        server.close()
    finally:
        await asyncio.to_thread(writer.stop)
        await asyncio.sleep(ANSWERING_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker.inbox", description="SMTP server of the local inbox.")
    parser.add_argument("--port", type=int, default=get_settings().inbox_port, help="port on 127.0.0.1; 0: a free one")
    set_up()
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
