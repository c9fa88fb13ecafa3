"""The local inbox: real SMTP on loopback in, the same octets out (trust cases L9, L10, M9)."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailer import inbox
from mailer.config import Settings
from mailer.errors import NotFoundError
from mailer.inbox import IncomingMail, open_inbox, store
from tests.factories.subscribers import NOON

ROOT = Path(__file__).parents[1]


@pytest.fixture
def server(settings: Settings) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "worker.inbox", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout
        ready = process.stdout.readline()
        assert ready.startswith("The local inbox listens on 127.0.0.1:")
        yield process, int(ready.rpartition(":")[2])
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def port(server: tuple[subprocess.Popen[str], int]) -> int:
    return server[1]


def send(port: int, content: bytes, recipients: tuple[str, ...] = ("bob@example.org",)) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("alice@example.org", recipients, content)


def keep(*mails: IncomingMail) -> None:
    with open_inbox() as connection:
        store(connection, mails)


def mail(number: int = 1, subject: str = "Hello", recipients: tuple[str, ...] = ("bob@example.org",)) -> IncomingMail:
    raw = f"Subject: {subject}\r\n\r\nMail {number}\r\n".encode()
    return IncomingMail("alice@example.org", recipients, raw, NOON + timedelta(minutes=number))


def test_octets_come_out_as_they_went_over_the_wire(port: int) -> None:
    content = (
        b"Subject: =?utf-8?q?V=C3=A5ren?=\r\n\r\n.one dot\r\n..two\r\n.\r\n\xff\x00 8-bit\r\n" + b"x" * 50_000 + b"\r\n"
    )
    send(port, content)
    (caught,) = inbox.list_mails()
    assert inbox.get_mail(caught.id).raw == content
    assert (caught.sender, caught.recipient, caught.subject) == ("alice@example.org", "bob@example.org", "Våren")
    assert caught.size_bytes == len(content)
    assert datetime.now(UTC) - caught.received_at < timedelta(minutes=1)


def test_each_recipient_gets_a_mail_of_its_own(port: int) -> None:
    send(port, b"Subject: Hi\r\n\r\nHi\r\n", ("bob@example.org", "charlie@example.org"))
    assert [one.recipient for one in inbox.list_mails()] == ["charlie@example.org", "bob@example.org"]


def test_addresses_beyond_ascii_are_taken(port: int) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "åsa@example.org", "björn@räksmörgås.example.org", "Hej"
    message.set_content("Hej")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)
    assert inbox.list_mails()[0].recipient == "björn@räksmörgås.example.org"


def stuff(body: bytes) -> bytes:
    """Return a mail as it goes over the wire (RFC 5321 §4.5.2), with its end."""
    return b"".join(b"." * (line[:1] == b".") + line for line in body.splitlines(keepends=True)) + b".\r\n"


def test_pipelined_mails_are_told_apart_at_any_cut(port: int) -> None:
    envelope = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    bodies = [b"", b"..\r\n", b"one\r\n", b".\r\n"]
    octets = b"".join(envelope + stuff(body) for body in bodies)
    with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rb") as replies:
        assert replies.readline().startswith(b"220")
        client.sendall(b"EHLO test\r\n")
        assert b"250-PIPELINING\r\n" in list(iter(replies.readline, b"250 HELP\r\n"))
        for octet in octets:
            client.sendall(bytes([octet]))
        client.sendall(octets + b"QUIT\r\n")
        codes = [line[:3] for line in replies]
    assert codes == [b"250", b"250", b"354", b"250"] * 8 + [b"221"]
    assert [inbox.get_mail(caught.id).raw for caught in inbox.list_mails()] == (bodies * 2)[::-1]


def test_bare_line_feeds_do_not_end_a_mail(port: int) -> None:
    smuggled = b"Subject: Hi\r\n\r\nHi\n.\nMAIL FROM:<x@example.org>\r\n.\nQUIT\r\n"
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("alice@example.org")
        client.rcpt("bob@example.org")
        client.putcmd("data")
        client.getreply()
        client.send(smuggled.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        assert client.getreply()[0] == 250
    assert [inbox.get_mail(caught.id).raw for caught in inbox.list_mails()] == [smuggled]


def test_mail_that_is_too_large_is_refused_and_the_next_is_taken(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(25 * 1024 * 1024)
        client.mail("alice@example.org")
        client.rcpt("bob@example.org")
        assert client.data(b"x" * 30_000_000)[0] == 552
        assert client.mail("alice@example.org")[0] == 250
        client.rcpt("bob@example.org")
        assert client.data(b"Subject: small\r\n\r\n")[0] == 250
    assert [one.subject for one in inbox.list_mails()] == ["small"]


def test_many_connections_at_once_lose_nothing(port: int) -> None:
    with ThreadPoolExecutor(10) as pool:
        for _ in pool.map(lambda number: send(port, b"Subject: %d\r\n\r\n" % number), range(100)):
            pass
    assert {one.subject for one in inbox.list_mails()} == {str(number) for number in range(100)}


def test_what_was_answered_survives_a_kill(server: tuple[subprocess.Popen[str], int], settings: Settings) -> None:
    process, port = server
    send(port, b"Subject: kept\r\n\r\n")
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    assert [one.subject for one in inbox.list_mails()] == ["kept"]
    process.returncode = 0


def test_mails_come_newest_first_in_pages_and_by_search() -> None:
    keep(mail(1, "Våren"), mail(2, "Hösten"), mail(3, "Vintern", ("åsa@example.org",)))
    assert [one.subject for one in inbox.list_mails()] == ["Vintern", "Hösten", "Våren"]
    newest = inbox.list_mails(limit=1)[0]
    assert [one.subject for one in inbox.list_mails(before=newest.id)] == ["Hösten", "Våren"]
    assert [one.subject for one in inbox.list_mails(search="HÖST")] == ["Hösten"]
    assert [one.subject for one in inbox.list_mails(search=" Åsa@")] == ["Vintern"]
    assert (inbox.count(), inbox.count("alice"), inbox.count("%")) == (3, 3, 0)
    assert newest.raw == b""
    assert newest.received_at == NOON + timedelta(minutes=3)


def test_clearing_empties_the_inbox_and_gives_no_id_again() -> None:
    keep(mail())
    before = inbox.list_mails()[0].id
    inbox.clear()
    assert inbox.list_mails() == []
    keep(mail())
    assert inbox.list_mails()[0].id != before


def test_oldest_mails_give_way() -> None:
    keep(*(mail(number, str(number)) for number in range(inbox.MOST_MAILS + 5)))
    keep(mail(0, "last"))
    assert inbox.count() == inbox.MOST_MAILS
    assert inbox.list_mails(limit=1)[0].subject == "last"
    assert inbox.list_mails()[-1].subject == "6"


@pytest.mark.parametrize("mail_id", ["1", "0", "-1", "x", "", "٣", "1" * 40])
def test_mail_that_is_not_there_is_not_found(mail_id: str) -> None:
    with pytest.raises(NotFoundError):
        inbox.get_mail(mail_id)
