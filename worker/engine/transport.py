"""One SMTP connection (RFC 5321): aiosmtplib connects, secures and signs in; here the mails are spoken.

Every answer comes back as a value with its stage, because what a lost connection means depends on whether the final
dot had been written. Where the relay offers PIPELINING (RFC 2920), a mail's body goes out together with the envelope
of the following one, so that a mail costs one round trip; elsewhere every command waits for its reply.

The octets need no dot-stuffing: `mime.quoted_printable` never starts a line with a dot.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiosmtplib

from mailer.deliveries.personalise import Mail
from mailer.errors import RefusedError
from mailer.relays.access import read_access_token
from mailer.relays.address import RelayAddress, Security, SignIn
from worker.engine.outcome import Answer, Stage
from worker.engine.replies import LostError, ReplyProtocol, take_over


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait at each stage (RFC 5321 §4.5.3.2); in a worker they come from the settings."""

    connect: float = 30
    command: float = 60
    data: float = 120
    body: float = 180
    dot: float = 600


@dataclass(frozen=True)
class Offers:
    """What a relay offers in its answer to EHLO. `most_octets` 0: it did not say (RFC 1870 §4)."""

    pipelining: bool = False
    utf8: bool = False
    size: bool = False
    most_octets: int = 0

    @classmethod
    def of(cls, client: aiosmtplib.SMTP) -> "Offers":
        most = client.esmtp_extensions.get("size", "").strip()
        return cls(
            pipelining=client.supports_extension("pipelining"),
            utf8=client.supports_extension("smtputf8"),
            size=client.supports_extension("size"),
            most_octets=int(most) if most.isascii() and most.isdigit() else 0,
        )


class NoConnectionError(Exception):
    """The relay could not be reached, secured or signed in to; `answer` tells at which stage."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"{answer.stage}: {answer.code} {answer.text}")


# What nearly every relay answers to MAIL, RCPT and DATA.
_USUAL = (250, 250, 354)


class Connection:
    """An open connection on which mails go out one after the other. Drop it after any lost or strange answer."""

    def __init__(self, protocol: ReplyProtocol, timeouts: Timeouts, offers: Offers) -> None:
        self._protocol = protocol
        self._timeouts = timeouts
        self._stages = (
            (Stage.MAIL, timeouts.command),
            (Stage.RCPT, timeouts.command),
            (Stage.DATA, timeouts.data),
        )
        self._offers = offers
        self._opened: Mail | None = None  # whose MAIL, RCPT and DATA are written, and their replies not read
        self._needs_reset = False

    @classmethod
    async def open(cls, relay: RelayAddress, timeouts: Timeouts) -> "Connection":
        """Connect, EHLO, TLS and AUTH as the relay's address says; NoConnectionError tells what went wrong."""
        is_xoauth2 = relay.sign_in is SignIn.XOAUTH2

        async def get_token() -> str:
            return await asyncio.to_thread(read_access_token, relay)

        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.security is Security.IMPLICIT_TLS,
            start_tls=relay.security is Security.STARTTLS,
            username=relay.username or None,
            password=None if is_xoauth2 else relay.password or None,
            oauth_token_generator=get_token if is_xoauth2 else None,
            timeout=timeouts.connect,
            tls_context=None if relay.security is Security.NONE else ssl.create_default_context(),
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except RefusedError as error:
            client.close()
            raise NoConnectionError(Answer.of(Stage.AUTH, 0, str(error))) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            raise NoConnectionError(_explain(error)) from error
        if client.transport is None:
            raise NoConnectionError(Answer.of(Stage.EHLO, 0, "the connection was lost"))
        return cls(take_over(client.transport), timeouts, Offers.of(client))

    @property
    def is_open(self) -> bool:
        return self._protocol.is_open

    @property
    def is_pipelining(self) -> bool:
        """Whether `deliver` sends the envelope of a following mail at once; else there is no use in naming one."""
        return self._offers.pipelining

    @property
    def is_idle(self) -> bool:
        """Whether nothing has been begun on it that was not finished."""
        return self.is_open and self._opened is None

    async def deliver(self, mail: Mail, on_the_wire: Callable[[], None], following: Mail | None = None) -> Answer:
        """Send one mail and return the answer that decided. `on_the_wire` is called just before the body is written.

        With `following`, its envelope may go out with this mail's body; it must then be the next one to be delivered
        here, or be offered on another connection, where it is new: its body has not been written.
        """
        if self._opened is mail and self._protocol.skip(_USUAL):
            self._opened = None
        elif refusal := self._find_refusal(mail) or await self._open(mail):
            return refusal
        on_the_wire()
        end = b".\r\n"
        if self._offers.pipelining and following and not self._find_refusal(following):
            self._opened = following
            end += self._envelope(following)
        stage = Stage.BODY
        try:
            await self._protocol.write([*mail.pieces, end], self._timeouts.body)
            stage = Stage.DOT
            code, text = await self._protocol.read(self._timeouts.dot)
        except LostError as error:
            return Answer.of(Stage.BODY if self._protocol.has_unsent else stage, 0, str(error))
        return Answer(stage, code) if _is_good(stage, code) else Answer.of(stage, code, text)

    async def close(self) -> None:
        """Say goodbye when possible; never raises."""
        if self.is_idle:
            with contextlib.suppress(LostError):
                await self._protocol.write([b"QUIT\r\n"], 1)
                await self._protocol.read(1)
        self._protocol.close()

    def abort(self) -> None:
        """Cut the connection; whoever waits for an answer hears that there is none."""
        self._protocol.close()

    def _find_refusal(self, mail: Mail) -> Answer | None:
        """Return what the relay has said in advance of a mail like this one, if it cannot take it."""
        if not self._offers.utf8 and not mail.recipient.isascii():
            return Answer.of(Stage.RCPT, 553, "5.6.7 the relay does not take addresses with letters outside ASCII")
        if self._offers.most_octets and mail.size > self._offers.most_octets:
            return Answer.of(Stage.MAIL, 552, f"5.3.4 the relay takes at most {self._offers.most_octets} octets")
        return None

    async def _open(self, mail: Mail) -> Answer | None:
        """Bring the conversation to where the body is awaited; return the answer that refused it, if one did."""
        was_opened = self._opened is mail
        if self._opened and not was_opened:  # what comes next would be taken for the body of another's mail
            self.abort()
            return Answer.of(Stage.MAIL, 0, "another mail had been begun on this connection")
        self._opened = None
        if self._needs_reset:
            self._needs_reset = False
            answer = await self._say(Stage.MAIL, b"RSET\r\n", self._timeouts.command)
            if answer.code == 0:
                return answer
        if self._offers.pipelining:
            return await self._open_at_once(mail, was_opened=was_opened)
        for (stage, seconds), line in zip(self._stages, self._envelope(mail).splitlines(keepends=True), strict=True):
            answer = await self._say(stage, line, seconds)
            if not _is_good(stage, answer.code):
                self._needs_reset = stage is not Stage.MAIL
                return answer
        return None

    async def _open_at_once(self, mail: Mail, *, was_opened: bool) -> Answer | None:
        """Write the three commands together, unless that is done, and read all three replies, whatever they say."""
        refusal, is_awaiting_body, stage = None, False, Stage.MAIL
        try:
            if not was_opened:
                await self._protocol.write([self._envelope(mail)], self._timeouts.command)
            for stage, seconds in self._stages:
                code, text = await self._protocol.read(seconds)
                if not (is_awaiting_body := _is_good(stage, code)):
                    refusal = refusal or Answer.of(stage, code, text)
                    if not self.is_open:
                        return Answer.of(stage, code, text)
        except LostError as error:
            return Answer.of(stage, 0, str(error))
        if refusal and is_awaiting_body and refusal.stage is Stage.MAIL:
            # A relay that goes on without a sender would take the lone dot for an empty mail.
            self.abort()
            return refusal
        if refusal and is_awaiting_body:
            # RFC 2920 §3.1: DATA was accepted although nobody is to get the mail; a lone dot ends it.
            answer = await self._say(Stage.DATA, b".\r\n", self._timeouts.data)
            return answer if answer.code == 0 else refusal
        self._needs_reset = refusal is not None
        return refusal

    def _envelope(self, mail: Mail) -> bytes:
        size = f" SIZE={mail.size}" if self._offers.size else ""  # RFC 1870 §6
        options = size if mail.recipient.isascii() else f"{size} SMTPUTF8"
        return f"MAIL FROM:<{mail.return_path}>{options}\r\nRCPT TO:<{mail.recipient}>\r\nDATA\r\n".encode()

    async def _say(self, stage: Stage, line: bytes, seconds: float) -> Answer:
        try:
            await self._protocol.write([line], seconds)
        except LostError as error:
            return Answer.of(stage, 0, str(error))
        return await self._read(stage, seconds)

    async def _read(self, stage: Stage, seconds: float) -> Answer:
        try:
            return Answer.of(stage, *await self._protocol.read(seconds))
        except LostError as error:
            return Answer.of(stage, 0, str(error))


def _is_good(stage: Stage, code: int) -> bool:
    return code == 354 if stage is Stage.DATA else 200 <= code < 300


def _explain(error: Exception) -> Answer:
    """Return at which stage of connecting an exception says that things went wrong."""
    text = error.message if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    text = text or type(error).__name__
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Answer.of(Stage.AUTH, error.code, text)
    if isinstance(error, aiosmtplib.SMTPConnectResponseError):
        return Answer.of(Stage.GREETING, error.code, text)
    if isinstance(error, aiosmtplib.SMTPHeloError):
        return Answer.of(Stage.EHLO, error.code, text)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Answer.of(Stage.TLS, error.code if error.code > 0 else 999, text)
    about_tls = "TLS" in text or "upgrading transport" in text  # aiosmtplib has no exceptions of their own for these
    if isinstance(error.__cause__, ssl.SSLError) or isinstance(error, ssl.SSLError) or about_tls:
        return Answer.of(Stage.TLS, 0, text)
    return Answer.of(Stage.CONNECT, 0, text)
