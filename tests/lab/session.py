"""One connection of the sink: RFC 5321 with pipelining, obeying a script at every stage."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Protocol, cast

from tests.lab.body import BodyReader
from tests.lab.ledger import Ledger
from tests.lab.offer import IMPLICIT, STARTTLS, Offer
from tests.lab.script import CUT, SILENCE, TAKE_AND_CUT, TAKE_AND_SILENCE, WAIT, Script
from tests.lab.sign_in import SignIn

_MAX_LINE = 65_536
_SIZE = re.compile(rb" SIZE=(\d+)", re.IGNORECASE)


class Relay(Protocol):
    """What a session asks of the server it belongs to."""

    ledger: Ledger
    script: Script
    offer: Offer
    buffer: bytearray  # one for all sessions: every read is used up before the next one

    def upgrade(self, session: "Session") -> None: ...


class Session(asyncio.BufferedProtocol):
    """Reads commands and mails, answers, and notes what was taken before it says so."""

    def __init__(self, relay: Relay, number: int) -> None:
        self._relay, self._ledger, self._number = relay, relay.ledger, number
        self._offer = relay.offer
        self._view = memoryview(relay.buffer)
        self._body = BodyReader(keeps=self._ledger.reads_bodies)
        self._in_body = self._stalled = False
        self._rest = b""  # of a command line, or everything while an answer is delayed
        self._out: list[bytes] = []
        self._sender, self._recipients, self._mail_from_at = b"", list[bytes](), 0.0
        self._asked_for, self._body_is_judged, self._has_sender = "", False, False
        self.secure = self._offer.tls == IMPLICIT
        self._sign_in = SignIn(self._offer.username, self._offer.password)
        self._verbs: dict[bytes, Callable[[bytes], None]] = {
            b"EHLO": self._ehlo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"QUIT": self._quit,
            b"AUTH": self._auth,
            b"STAR": self._starttls,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's class is no subclass
        self._ledger.connections += 1
        self._ledger.open.add(self.transport)
        self._ledger.most_open = max(self._ledger.most_open, len(self._ledger.open))
        self._answer("greeting", "220 sink.example.org ESMTP")
        self._flush()

    def connection_lost(self, _error: Exception | None) -> None:
        self._ledger.open.discard(self.transport)

    def get_buffer(self, _sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, count: int) -> None:
        self._ledger.reads += 1
        if self._stalled or self._rest:
            data = bytearray(self._rest) + self._view[:count]
            self._rest = b""
            self._feed(data, len(data))
        else:
            self._feed(self._relay.buffer, count)

    def resume(self) -> None:
        """Go on after a delay or a TLS handshake with what has come in the meantime."""
        self._stalled = False
        data, self._rest = bytearray(self._rest), b""
        self._feed(data, len(data))

    def go_secure(self, transport: asyncio.Transport) -> None:
        """Go on inside TLS. What came in clear behind the command is forgotten (RFC 3207 §4.2)."""
        self._ledger.open.discard(self.transport)
        self._ledger.open.add(transport)
        self.transport, self.secure, self._rest = transport, True, b""
        self.resume()

    def _feed(self, data: bytearray, end: int) -> None:
        at = 0
        while at < end and not self._stalled and not self.transport.is_closing():
            if self._in_body:
                if self._reply_is_scripted("body"):
                    at = end
                    break
                stop = self._body.take(data, at, end)
                if stop < 0:
                    at = end
                    break
                at = stop
                self._end_body()
            else:
                stop = data.find(b"\n", at, end)
                if stop < 0:
                    break
                line, at = bytes(data[at:stop]).rstrip(b"\r"), stop + 1
                self._obey(line)
        self._rest = bytes(data[at:end])
        if len(self._rest) > _MAX_LINE and not self._stalled:
            self._say("500 5.5.2 line too long")
            self._rest = b""
        self._flush()

    def _obey(self, line: bytes) -> None:
        if self._ledger.keep:
            self._ledger.commands.append(line.decode("utf-8", "replace"))
        if self._sign_in.is_asking:
            self._say(self._sign_in.go_on(line))
            return
        verb = self._verbs.get(line[:4].upper())
        if verb:
            verb(line)
        else:
            self._say("250 2.0.0 ok")

    def _ehlo(self, _line: bytes) -> None:
        self._forget_mail()
        self._answer("ehlo", self._offer.ehlo(secure=self.secure))

    def _mail(self, line: bytes) -> None:
        self._forget_mail()
        self._sender, self._mail_from_at = _address(line), time.time()
        asked = _SIZE.search(line)
        if self._sign_in.is_due:
            self._say("530 5.7.0 sign in first")
        elif asked and self._offer.size and int(asked[1]) > self._offer.size:
            self._say("552 5.3.4 too large")
        else:
            self._has_sender = self._answer("mail", "250 2.1.0 ok")

    def _rcpt(self, line: bytes) -> None:
        recipient = _address(line)
        self._asked_for = recipient.decode("utf-8", "replace")
        if not self._has_sender:
            self._say("503 5.5.1 MAIL first")
        elif not recipient.isascii() and not self._offer.smtputf8:
            self._say("553 5.6.7 SMTPUTF8 is not offered")
        elif self._answer("rcpt", "250 2.1.5 ok"):
            self._recipients.append(recipient)

    def _data(self, _line: bytes) -> None:
        if not self._recipients and "lone dot" not in self._relay.script:
            self._say("554 5.5.1 no valid recipients")
            return
        self._in_body = self._answer("data", "354 go on")
        self._body_is_judged = False
        self._body.begin()

    def _rset(self, _line: bytes) -> None:
        self._forget_mail()
        self._say("250 2.0.0 ok")

    def _quit(self, _line: bytes) -> None:
        self._say("221 2.0.0 bye")
        self._close()

    def _starttls(self, line: bytes) -> None:
        if self._offer.tls != STARTTLS or self.secure or line.upper() != b"STARTTLS":
            self._say("502 5.5.1 not here")
        elif self._answer("tls", "220 2.0.0 go on"):
            if self._offer.extra_before_tls:
                self._say("250-sink.example.org\r\n250-AUTH PLAIN\r\n250 SIZE 1")
            self._flush()
            self._stalled = True
            self._relay.upgrade(self)

    def _auth(self, line: bytes) -> None:
        self._ledger.sign_ins += 1
        reply = self._scripted("auth")
        if reply is None:
            self._say(self._sign_in.begin(line))
        else:
            self._reply(reply, "235 2.7.0 welcome")

    def _end_body(self) -> None:
        self._in_body = False
        reply = self._scripted("dot")
        taken = reply is None or reply in {TAKE_AND_CUT, TAKE_AND_SILENCE} or reply.startswith((WAIT, "2"))
        if self._offer.size and self._body.size > self._offer.size:
            reply, taken = "552 5.3.4 too large", False
        if taken and self._recipients:
            octets = self._body.octets
            for recipient in self._recipients:
                self._ledger.take(self._number, self._mail_from_at, self._sender, recipient, octets)
        self._forget_mail()
        self._reply(reply, "250 2.0.0 taken")

    def _forget_mail(self) -> None:
        self._sender, self._recipients, self._has_sender = b"", [], False

    def _reply_is_scripted(self, stage: str) -> bool:
        """Ask the script once at the first octets of a mail; True when the mail is not to be read."""
        if self._body_is_judged or stage not in self._relay.script:
            return False
        self._body_is_judged = True
        reply = self._scripted(stage)
        if reply is None:
            return False
        if reply == SILENCE:
            self.transport.pause_reading()
        else:
            self._reply(reply, "")
            self._close()
        return True

    def _scripted(self, stage: str) -> str | None:
        act = self._relay.script.get(stage)
        return act(self._asked_for) if act else None

    def _answer(self, stage: str, usual: str) -> bool:
        """Say the scripted or the usual reply; True when it was the usual one."""
        return self._reply(self._scripted(stage), usual)

    def _reply(self, reply: str | None, usual: str) -> bool:
        if reply is None:
            self._say(usual)
            return True
        if reply in {CUT, TAKE_AND_CUT}:
            self._close()
            return False
        if reply.startswith(WAIT):
            self._flush()
            self._stalled = True
            self._out.append(usual.encode() + b"\r\n")
            asyncio.get_running_loop().call_later(float(reply.removeprefix(WAIT)), self.resume)
            return True
        if reply in {SILENCE, TAKE_AND_SILENCE}:
            self._flush()
            self._stalled = True  # for good: a relay that left out one reply would be one that lies
        else:
            self._say(reply)
        return False

    def _say(self, line: str) -> None:
        # A lone surrogate stands for an octet that is no UTF-8, as old servers send them.
        self._out.append(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def _flush(self) -> None:
        if not self._out or self._stalled:
            return
        octets = b"".join(self._out)
        self._out.clear()
        if self._offer.latency:
            asyncio.get_running_loop().call_later(self._offer.latency, self._write, octets)
        else:
            self._write(octets)

    def _close(self) -> None:
        """Close at once, but let replies to earlier commands go out: what was said before the cut was said."""
        self._flush()
        if self._offer.latency:
            asyncio.get_running_loop().call_later(self._offer.latency, self.transport.close)
            self._stalled = True
        else:
            self.transport.close()

    def _write(self, octets: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(octets)


def _address(line: bytes) -> bytes:
    return line[line.find(b"<") + 1 : line.find(b">")]
