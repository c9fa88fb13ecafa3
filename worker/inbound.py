"""Mail to our own addresses, over LMTP (RFC 2033) or SMTP (RFC 5321): `python -m worker.inbound`.

Takes what is sent to `leave@` and `leave+<tag>@` any domain, and refuses everybody else: nothing is ever relayed or
kept. What a mail asks for stands in the database before it is answered with 250, and asking twice is the same as asking
once, so that a kill loses nothing. Only the first octets of a mail's headers are read.
"""

import asyncio
import logging
import re
import signal
import ssl
import sys
from typing import ClassVar

import uvloop
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

import mailer.models  # noqa: F401 - all tables must be known, since foreign keys name them
from mailer import clock
from mailer.config import Settings, get_settings
from mailer.db import transaction
from mailer.deliveries.leaving_by_mail import ask_whether_to_leave, leave_by_tag
from mailer.log import set_up
from mailer.mime.origin import is_from_a_machine, read_sender
from mailer.mime.parts import read_headers

log = logging.getLogger(__name__)

MOST_OCTETS = 1_000_000  # whoever unsubscribes sends a line or two
MOST_RECIPIENTS = 10
MOST_CONNECTIONS = 100
IDLE_SECONDS = 60
_LEAVE = re.compile(r"leave(?:\+(?P<tag>[0-9a-z]{1,64}))?@[^@\s]+", re.IGNORECASE)


class Handler:
    """What aiosmtpd calls. `is_lmtp` answers once for each recipient (RFC 2033 §4.2)."""

    def __init__(self, *, is_lmtp: bool) -> None:
        self._is_lmtp = is_lmtp

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not _LEAVE.fullmatch(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.to_thread(take_in, envelope.mail_from or "", envelope.rcpt_tos, content)
        except Exception:  # whatever it is, the other server keeps the mail and tries again
            log.exception("an inbound mail cannot be taken in now")
            answer = "451 4.3.0 Try again later"
        else:
            answer = "250 2.0.0 OK"
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if self._is_lmtp else 1))


class _Limited(SMTP):
    """Refuses a connection too many with 421 (RFC 5321 §3.8) instead of letting everybody wait."""

    _open: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _Limited._open += 1
        super().connection_made(transport)
        if _Limited._open > MOST_CONNECTIONS and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections\r\n")
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        _Limited._open -= 1
        super().connection_lost(error)


class SmtpServer(_Limited):
    pass


class LmtpServer(_Limited, LMTP):
    pass


def take_in(sender: str, recipients: list[str], content: bytes) -> None:
    """Do what a mail asks for, in one transaction. `sender` is the envelope's; a report has `<>`."""
    if sender in {"", "<>"}:
        return  # RFC 5321 §4.5.5: a report or an automatic answer, which asks for nothing
    tags = {match["tag"] for one in recipients if (match := _LEAVE.fullmatch(one))}
    now = clock.now()
    with transaction() as session:
        known = [leave_by_tag(session, tag.lower(), now=now) for tag in tags if tag]
        headers = read_headers(content)
        if not all(known) or None in tags:
            asked = 0 if is_from_a_machine(headers) else ask_whether_to_leave(session, read_sender(headers), now=now)
            log.info("an inbound mail without a tag of ours: %s asked", asked)


def make_server(settings: Settings, loop: asyncio.AbstractEventLoop) -> SMTP:
    """Return the protocol of one connection."""
    kind = LmtpServer if settings.inbound_protocol == "lmtp" else SmtpServer
    server = kind(
        Handler(is_lmtp=kind is LmtpServer),
        data_size_limit=MOST_OCTETS,
        enable_SMTPUTF8=True,
        hostname=settings.base_host,
        ident="Mailer",
        tls_context=_make_tls_context(settings.inbound_certificate),
        timeout=IDLE_SECONDS,
        loop=loop,
    )
    server.command_size_limits["RCPT"] = server.command_size_limits["MAIL"] = 1024
    return server


async def serve(settings: Settings) -> None:
    """Take mails until SIGTERM or SIGINT; print one line when ready."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    listener = await loop.create_server(
        lambda: make_server(settings, loop), settings.inbound_host, settings.inbound_port, backlog=MOST_CONNECTIONS
    )
    port = listener.sockets[0].getsockname()[1]
    sys.stdout.write(f"Mail to us is taken by {settings.inbound_protocol} on {settings.inbound_host}:{port}\n")
    sys.stdout.flush()
    await stopping.wait()
    listener.close()


def _make_tls_context(file: str) -> ssl.SSLContext | None:
    if not file:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


if __name__ == "__main__":
    set_up()
    uvloop.run(serve(get_settings()))
