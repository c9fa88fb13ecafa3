"""A real SMTP server on loopback for tests, faults and benches: it records every mail before it says 250.

    with SmtpServer() as server:                     # a thread with its own event loop
        ...                                          # send to server.url
        server.mails                                 # what was accepted, in order

As a process of its own (`python -m tests.lab sink --help`) it prints its port first. For every line on its standard
input it prints its figures as a JSON object; `+RULE` adds a rule to its script before that, and `-` forgets all rules.
It ends when its input is closed.
"""

import argparse
import asyncio
import json
import re
import ssl
import sys
import threading
from pathlib import Path
from typing import Self, cast

import uvloop

from tests.lab import certificates
from tests.lab.ledger import Ledger, ReceivedMail
from tests.lab.offer import IMPLICIT, STARTTLS, Offer
from tests.lab.script import Rules, Script
from tests.lab.session import Session

_BUFFER_OCTETS = 131_072  # more than a mail; larger ones do not stay in the CPU cache


class SmtpServer:
    """The server in a thread, for a `with` statement. `script` and `ledger` may be changed while it runs."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        keep: bool = True,
        port: int = 0,
        offer: Offer | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.ledger = ledger or Ledger(keep=keep)
        self.script, self.offer, self._port = script or {}, offer or Offer(), port
        self.buffer = bytearray(_BUFFER_OCTETS)
        self.authority = certificates.Authority() if self.offer.tls else None
        self._context = self._make_context(self.authority) if self.authority else None
        self._loop = uvloop.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def mails(self) -> list[ReceivedMail]:
        return self.ledger.mails

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        """The relay's URL as settings want it."""
        who = f"{self.offer.username}:{self.offer.password}@" if self.offer.username else ""
        scheme = "smtps" if self.offer.tls == IMPLICIT else "smtp"
        query = "" if self.offer.tls == IMPLICIT else f"?starttls={'required' if self.offer.tls else 'off'}"
        return f"{scheme}://{who}127.0.0.1:{self._port}{query}"

    def _make_context(self, authority: certificates.Authority) -> ssl.SSLContext:
        file = self.offer.certificate_file or authority.make_certificate(self.offer.certificate)
        return certificates.make_context(file, self.offer.certificate)

    def upgrade(self, session: Session) -> None:
        """Start TLS on a session's connection; it resumes when the handshake is over, and is closed if it fails."""
        self._loop.create_task(self._upgrade(session, cast("ssl.SSLContext", self._context)))

    async def _upgrade(self, session: Session, context: ssl.SSLContext) -> None:
        try:
            secured = await self._loop.start_tls(session.transport, session, context, server_side=True)
        except OSError:  # among them ssl.SSLError
            session.transport.abort()
        else:
            session.go_secure(cast("asyncio.Transport", secured))

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10) or not self._thread.is_alive():
            raise OSError(f"no server on port {self._port}")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        if self.authority:
            self.authority.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        tls = self._context if self.offer.tls == IMPLICIT else None
        start = self._loop.create_server(self._make_session, "127.0.0.1", self._port, ssl=tls, backlog=512)
        try:
            server = self._loop.run_until_complete(start)
            self._port = cast("asyncio.Server", server).sockets[0].getsockname()[1]
        finally:
            self._ready.set()
        self._loop.run_forever()
        server.close()
        for transport in list(self.ledger.open):
            transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _make_session(self) -> Session:
        return Session(self, self.ledger.connections + 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `python -m tests.lab sink`."""
    parser.add_argument("--port", type=int, default=0, help="0: a free one; it is printed first")
    parser.add_argument("--ledger", type=Path, help="file that gets a line for each accepted recipient before the 250")
    parser.add_argument("--marks", default="", help="regular expression: what it finds in a mail stands in its line")
    parser.add_argument("--count", action="store_true", help="do not look at the mails (the default without --ledger)")
    parser.add_argument(
        "--script", action="append", default=[], help="'STAGE [CONDITION …]: REPLY', see tests.lab.script"
    )
    parser.add_argument("--no-pipelining", action="store_true")
    parser.add_argument("--size", type=int, default=Offer.size)
    parser.add_argument("--smtputf8", action="store_true")
    parser.add_argument("--tls", choices=(STARTTLS, IMPLICIT), default="")
    parser.add_argument("--certificate", choices=certificates.KINDS, default=certificates.GOOD)
    parser.add_argument("--certificate-file", type=Path, help="a certificate and its key instead")
    parser.add_argument("--extra-before-tls", action="store_true", help="forge replies behind the 220 of STARTTLS")
    parser.add_argument("--user", default="", help="NAME:PASSWORD; then it must be signed in")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply, such as 0.02")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the standard input is closed."""
    username, _, password = arguments.user.partition(":")
    offer = Offer(
        pipelining=not arguments.no_pipelining,
        size=arguments.size,
        smtputf8=arguments.smtputf8,
        tls=arguments.tls,
        certificate=arguments.certificate,
        certificate_file=arguments.certificate_file,
        extra_before_tls=arguments.extra_before_tls,
        username=username,
        password=password,
        latency=arguments.latency,
    )
    marks = re.compile(arguments.marks.encode()) if arguments.marks else None
    file = None if arguments.count else arguments.ledger
    ledger = Ledger(keep=False, file=file, marks=marks)
    rules = Rules(arguments.script)
    with SmtpServer(rules.script(), port=arguments.port, offer=offer, ledger=ledger) as server:
        print(server.port, flush=True)
        for line in sys.stdin:
            if line.startswith("+"):
                rules.add(line[1:])
            elif line.startswith("-"):
                rules.clear()
            server.script = rules.script()
            print(json.dumps(ledger.figures()), flush=True)
    return 0


if __name__ == "__main__":  # without the rest of the lab, which takes seconds to load
    _parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(_parser)
    sys.exit(run(_parser.parse_args()))
