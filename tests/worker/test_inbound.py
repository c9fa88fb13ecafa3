"""Unsubscribing by mail over real LMTP and SMTP on loopback: case C7, and the hostile input of L1 and L8 to L11."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from mailer.config import get_settings
from mailer.db import reading, transaction
from mailer.deliveries.start import plan_dispatch
from mailer.notices.models import Notice
from mailer.subscribers.erasing import erase_subscriber
from mailer.subscribers.models import Consent, Subscriber, Subscription
from mailer.tokens import tag
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers
from worker.inbound import MOST_OCTETS, MOST_RECIPIENTS, take_in

ROOT = Path(__file__).parents[2]
READERS = 40


@pytest.fixture
def tags(engine: Engine) -> list[str]:
    """A dispatch to forty readers; return the tags of their addresses to leave by."""
    with transaction(engine) as session:
        house = make_house(session)
        readers = make_readers(session, house.mailing_list, READERS)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        return [tag("leave", one.id, dispatch.id, 0) for one in readers]


@contextmanager
def running(protocol: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    environment = {**os.environ, "MAILER_INBOUND_PORT": str(port), "MAILER_INBOUND_PROTOCOL": protocol}
    command = [sys.executable, "-m", "worker.inbound"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("Mail to us is taken by")
            yield process, port
        finally:
            process.kill()


def mail(sender: str = "reader1@example.org", **headers: str) -> bytes:
    lines = [
        f"From: {sender}",
        "Subject: unsubscribe",
        *(f"{name.replace('_', '-')}: {v}" for name, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", "unsubscribe", ""]).encode()


def address(tag_text: str) -> str:
    return f"leave+{tag_text}@news.example.org"


def count_left() -> int:
    with reading() as session:
        ended = select(func.count()).where(Subscription.state == "ended")
        return session.scalar(ended) or 0


def count_asked() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).where(Notice.kind == "ask_leave")) or 0


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_c7_the_tag_is_enough_whoever_the_sender_is(tags: list[str], protocol: str) -> None:
    client = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    with running(protocol) as (_, port), client("127.0.0.1", port) as connection:
        connection.sendmail("somebody@example.net", [address(tags[0])], mail("Någon <somebody@example.net>"))
        assert count_left() == 1
        connection.sendmail("somebody@example.net", [address(tags[0]).upper()], mail())
    assert count_left() == 1
    with reading() as session:
        withdrawn = session.scalars(select(Consent).where(Consent.source == "mail")).all()
    assert len(withdrawn) == 1
    assert count_asked() == 0


def test_lmtp_answers_once_for_each_recipient(tags: list[str]) -> None:
    with running("lmtp") as (_, port), smtplib.LMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("a@example.net")
        for one in tags[:3]:
            assert client.rcpt(address(one))[0] == 250
        assert client.docmd("DATA")[0] == 354
        client.send(mail() + b".\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250] * 3
        assert client.noop()[0] == 250
    assert count_left() == 3


@pytest.mark.parametrize(
    "recipient",
    ["info@news.example.org", "bounce+00@news.example.org", "leave", "postmaster@example.org", "leave+x y@example.org"],
)
def test_nobody_else_is_known_and_nothing_is_relayed(tags: list[str], recipient: str) -> None:
    with running("smtp") as (_, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("a@example.net")
        assert client.docmd(f"RCPT TO:<{recipient}>")[0] // 100 == 5


def test_c7_without_a_tag_the_mailbox_is_asked_and_nothing_is_changed(tags: list[str]) -> None:
    for recipients in (["leave@x.example"], ["leave+00ff@x.example"], [address(tags[0][:-1] + "g")]):
        take_in("forger@example.net", recipients, mail("Läsare <Reader1@EXAMPLE.org>"))
    assert count_left() == 0
    assert count_asked() == 1
    with reading() as session:
        assert session.scalars(select(Notice.address)).one() == "reader1@example.org"


def test_a_stranger_is_not_written_to(tags: list[str]) -> None:
    for sender in ("nobody@example.net", "", "a@x, b@y", "reader1@example.org, reader2@example.org", "\x00@\xff"):
        take_in("x@example.net", ["leave@x.example"], mail(sender))
    assert count_asked() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "Nyheter <viken.example.org>"},
        {"Content_Type": "multipart/report; report-type=delivery-status"},
        {"X_Autoreply": "yes"},
    ],
)
def test_l8_l11_programs_and_our_own_mail_get_no_answer(tags: list[str], headers: dict[str, str]) -> None:
    take_in("reader1@example.org", ["leave@x.example"], mail(**headers))
    assert count_asked() == 0


def test_l1_a_report_asks_for_nothing(tags: list[str]) -> None:
    for sender in ("", "<>"):
        take_in(sender, [address(tags[0])], mail())
    assert count_left() == 0


def test_somebody_who_is_gone_is_not_brought_back_or_written_to(tags: list[str], engine: Engine) -> None:
    with transaction(engine) as session:
        erase_subscriber(session, session.scalars(select(Subscriber).order_by(Subscriber.id)).first(), now=NOON)  # type: ignore[arg-type]  # there are forty
    take_in("reader1@example.org", [address(tags[0])], mail())
    assert count_asked() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"\x00" * 1000,
        b"From: \xff\xfe\r\nSubject: =?utf-7?q?+?=\r\n\r\n",
        b"From: =?x-unknown?b?%%%?= <reader1@example.org>\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--",
        b"A" * 900_000,
        b"X: y\r\n" * 100_000,
        b"From: reader1@example.org\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\n" * 50_000,
        b"From: " + b"a@b.example, " * 20_000 + b"\r\n\r\n",
    ],
)
def test_l9_l10_malformed_mail_takes_no_time_and_does_no_harm(tags: list[str], content: bytes) -> None:
    began = time.process_time()
    take_in("x@example.net", [address(tags[0])], content)
    assert time.process_time() - began < 1
    assert count_left() == 1


def test_too_much_is_refused_and_the_next_mail_is_taken(tags: list[str]) -> None:
    with running("smtp") as (_, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.sendmail("a@example.net", [address(tags[0])], b"X: y\r\n\r\n" + b"x\r\n" * MOST_OCTETS)
        assert refused.value.smtp_code == 552
        client.mail("a@example.net")
        codes = [client.rcpt(address(one))[0] for one in tags[: MOST_RECIPIENTS + 2]]
        assert codes == [250] * MOST_RECIPIENTS + [452] * 2
        client.rset()
        client.sendmail("a@example.net", [address(tags[1])], mail())
    assert count_left() == 1


def test_smuggled_ends_are_text(tags: list[str]) -> None:
    hidden = f"\n.\nMAIL FROM:<a@example.net>\nRCPT TO:<{address(tags[1])}>\nDATA\nx\n.\n".encode()
    with running("smtp") as (_, port), smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("a@example.net")
        client.rcpt(address(tags[0]))
        client.docmd("DATA")
        client.send(mail() + hidden + b"\r\n.\r\n")
        assert client.getreply()[0] == 250
        assert client.noop()[0] == 250
    assert count_left() == 1


def test_a_mail_cut_off_does_nothing(tags: list[str]) -> None:
    with running("smtp") as (_, port):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(
                b"EHLO x\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<" + address(tags[0]).encode() + b">\r\nDATA\r\n"
            )
            time.sleep(0.3)
            raw.sendall(mail())
        time.sleep(0.3)
        assert count_left() == 0


def test_many_at_once_are_all_taken_in(tags: list[str]) -> None:
    def send(one: str) -> None:
        with smtplib.LMTP("127.0.0.1", port) as client:
            client.sendmail("a@example.net", [address(one)], mail())

    with running("lmtp") as (_, port), ThreadPoolExecutor(10) as pool:
        list(pool.map(send, tags * 2))
    assert count_left() == READERS


def test_what_was_answered_with_250_survives_a_kill(tags: list[str]) -> None:
    taken = 0
    with running("lmtp") as (process, port), smtplib.LMTP("127.0.0.1", port) as client:
        for one in tags[:10]:
            client.sendmail("a@example.net", [address(one)], mail())
            taken += 1
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert count_left() == taken == 10


def test_a_database_that_is_away_is_asked_again_later(tags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    get_settings.cache_clear()
    with running("smtp") as (_, port), smtplib.SMTP("127.0.0.1", port) as client:
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.sendmail("a@example.net", [address(tags[0])], mail())
        assert refused.value.smtp_code == 451
