"""One SMTP connection (RFC 5321): aiosmtplib connects, secures and signs in; here the mail is spoken, stage by stage.

Every answer comes back as a value with its stage, because what a lost connection means depends on whether the final
dot had been written. The octets need no dot-stuffing: `mime.quoted_printable` never starts a line with a dot.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import aiosmtplib

from mailer.deliveries.personalise import Mail
from mailer.relays.address import RelayAddress, Security
from worker.engine.outcome import Answer, Stage


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait at each stage (RFC 5321 §4.5.3.2 asks for minutes; the relay is ours, so less will do)."""

    connect: float = 30
    command: float = 60
    data: float = 120
    dot: float = 600


class NoConnectionError(Exception):
    """The relay could not be reached, secured or signed in to; `answer` tells at which stage."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"{answer.stage}: {answer.code} {answer.text}")


class Connection:
    """An open connection on which mails go out one after the other. Drop it after any lost or strange answer."""

    def __init__(self, client: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self._takes_utf8 = client.supports_extension("smtputf8")
        self.mails = 0

    @classmethod
    async def open(cls, relay: RelayAddress, timeouts: Timeouts) -> "Connection":
        """Connect, EHLO, TLS and AUTH as the relay's address says; NoConnectionError tells what went wrong."""
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.security is Security.IMPLICIT_TLS,
            start_tls=relay.security is Security.STARTTLS,
            username=relay.username or None,
            password=relay.password or None,
            timeout=timeouts.connect,
            tls_context=None if relay.security is Security.NONE else ssl.create_default_context(),
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            raise NoConnectionError(_explain(error)) from error
        return cls(client, timeouts)

    @property
    def is_open(self) -> bool:
        return self._client.is_connected

    async def deliver(self, mail: Mail, on_the_wire: Callable[[], None]) -> Answer:
        """Send one mail and return the answer that decided. `on_the_wire` is called just before the body is written."""
        self.mails += 1
        needs_utf8 = not mail.recipient.isascii()
        if needs_utf8 and not self._takes_utf8:
            return Answer.of(Stage.RCPT, 553, "5.6.7 the relay does not take addresses with letters outside ASCII")
        answer = await self._converse(mail, on_the_wire, b" SMTPUTF8" if needs_utf8 else b"")
        if answer.stage in {Stage.RCPT, Stage.DATA} and answer.code and self.is_open:
            await self._command(Stage.MAIL, b"RSET", self._timeouts.command)
        return answer

    async def close(self) -> None:
        """Say goodbye when possible; never raises."""
        try:
            if self.is_open:
                await self._client.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self._client.close()

    async def _converse(self, mail: Mail, on_the_wire: Callable[[], None], options: bytes) -> Answer:
        wait = self._timeouts
        sender = f"MAIL FROM:<{mail.return_path}>".encode() + options
        answer = await self._command(Stage.MAIL, sender, wait.command)
        if answer.code // 100 != 2:
            return answer
        answer = await self._command(Stage.RCPT, f"RCPT TO:<{mail.recipient}>".encode(), wait.command)
        if answer.code // 100 != 2:
            return answer
        answer = await self._command(Stage.DATA, b"DATA", wait.data)
        if answer.code != 354:
            return answer
        return await self._send_body(mail.octets, on_the_wire)

    async def _command(self, stage: Stage, line: bytes, seconds: float) -> Answer:
        try:
            reply = await self._client.execute_command(line, timeout=seconds)
        except aiosmtplib.SMTPResponseException as error:
            return Answer.of(stage, error.code if error.code > 0 else 999, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            return Answer.of(stage, 0, str(error))
        return Answer.of(stage, reply.code, reply.message)

    async def _send_body(self, octets: bytes, on_the_wire: Callable[[], None]) -> Answer:
        protocol = self._client.protocol
        if protocol is None:
            return Answer.of(Stage.BODY, 0, "connection lost")
        on_the_wire()
        try:
            protocol.write(octets + b".\r\n")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Answer.of(Stage.BODY, 0, str(error))
        try:
            reply = await protocol.read_response(timeout=self._timeouts.dot)
        except aiosmtplib.SMTPResponseException as error:
            return Answer.of(Stage.DOT, error.code if error.code > 0 else 999, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            return Answer.of(Stage.DOT, 0, str(error))
        return Answer.of(Stage.DOT, reply.code, reply.message)


def _explain(error: Exception) -> Answer:
    """Return at which stage of connecting an exception says that things went wrong."""
    text = str(error) or type(error).__name__
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Answer.of(Stage.AUTH, error.code, text)
    if isinstance(error, aiosmtplib.SMTPConnectResponseError):
        return Answer.of(Stage.GREETING, error.code, text)
    if isinstance(error, aiosmtplib.SMTPHeloError):
        return Answer.of(Stage.EHLO, error.code, text)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Answer.of(Stage.TLS, error.code if error.code > 0 else 999, text)
    if isinstance(error.__cause__, ssl.SSLError) or isinstance(error, ssl.SSLError) or "TLS" in text:
        return Answer.of(Stage.TLS, 0, text)
    return Answer.of(Stage.CONNECT, 0, text)
