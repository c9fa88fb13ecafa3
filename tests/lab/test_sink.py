"""The sink itself: every cut and split of the octets, what it writes before it says yes, its scripts, TLS and AUTH."""

import json
import re
import smtplib
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.body import BodyReader
from tests.lab.ledger import Ledger, read_lines
from tests.lab.offer import IMPLICIT, STARTTLS, Offer
from tests.lab.script import Rule, Rules, parse_rule
from tests.lab.sink import SmtpServer

BODY = "Message-ID: <1@example.org>\r\nSubject: x\r\n\r\nr0001 says hello\r\n"


def client(server: SmtpServer) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, timeout=5)


def send(smtp: smtplib.SMTP, *recipients: str, body: str = BODY) -> dict[str, tuple[int, bytes]]:
    return smtp.sendmail("a@example.org", list(recipients), body)


@given(
    body=st.lists(st.sampled_from([b"a", b"\r\n", b".", b"..", b"\r", b"\n", b"b" * 100]), max_size=40).map(b"".join),
    cuts=st.lists(st.integers(1, 40), max_size=60),
    keeps=st.booleans(),
)
@settings(deadline=None, max_examples=300)
def test_a_mail_ends_at_its_dot_however_the_octets_arrive(body: bytes, cuts: list[int], keeps: bool) -> None:
    stuffed = re.sub(rb"(?:(?<=\r\n)|\A)\.", b"..", body)
    stuffed += b"" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n"
    wire, reader, at = bytearray(stuffed + b".\r\nQUIT"), BodyReader(keeps=keeps), 0
    reader.begin()
    stop = -1
    for size in [*cuts, len(wire)]:
        end = min(at + size, len(wire))
        stop = reader.take(wire, at, end)
        if stop >= 0:
            break
        at = end
    assert bytes(wire[stop:]) == b"QUIT"
    assert reader.octets == (stuffed if keeps else len(stuffed))


def test_a_line_stands_in_the_ledger_before_the_client_hears_yes(tmp_path: Path) -> None:
    ledger = Ledger(keep=False, file=tmp_path / "ledger", marks=re.compile(rb"r\d{4}"))
    with SmtpServer(ledger=ledger) as server, client(server) as smtp:
        send(smtp, "r0001@example.org", "r0002@example.org")
        lines = list(read_lines(tmp_path / "ledger"))
    assert [line.recipient for line in lines] == ["r0001@example.org", "r0002@example.org"]
    assert {line.message_id for line in lines} == {"<1@example.org>"}
    assert lines[0].marks == {"r0001"}
    assert lines[0].mail_from_at <= lines[0].at
    assert ledger.figures()["distinct"] == 2


def test_a_rule_answers_by_share_count_recipient_and_domain() -> None:
    assert [parse_rule("rcpt after=1 first=2: 450 no").answer("a@b") for _ in range(1)] == [None]
    counted = parse_rule("rcpt after=1 first=2: 450 4.2.0 no: not now")
    assert [counted.answer("a@b") for _ in range(4)] == [None, *["450 4.2.0 no: not now"] * 2, None]
    once = parse_rule("dot once to=x domain=b: cut")
    assert [once.answer(who) for who in ("x@b", "x@b", "y@b", "x@c", "xx@b")] == ["cut", None, None, None, "cut"]
    shared = Rule("rcpt", "450", share=0.1)
    assert 60 < sum(shared.answer("a@b") is not None for _ in range(1000)) < 140
    for wrong in ("rcpt", "nowhere: 250", "rcpt often: 450"):
        with pytest.raises(ValueError, match="is n"):
            parse_rule(wrong)


@pytest.mark.parametrize(
    ("reply", "taken"),
    [("cut", 0), ("take and cut", 1), ("451 4.3.0 later", 0), ("250 yes", 1), ("wait=0.05", 1)],
)
def test_what_is_taken_at_the_dot_is_what_the_script_says(reply: str, taken: int) -> None:
    with SmtpServer(Rules([f"dot: {reply}"]).script()) as server:
        smtp = client(server)
        try:
            send(smtp, "r1@example.org")
        except smtplib.SMTPException:
            assert reply.startswith(("cut", "take", "4"))
        smtp.close()
        assert len(server.mails) == taken


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "body"])
def test_a_cut_at_each_stage_takes_nothing(stage: str) -> None:
    with SmtpServer(Rules([f"{stage}: cut"]).script()) as server:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(client(server), "r1@example.org")
        assert server.mails == []


def test_what_is_not_offered_is_not_said_and_limits_hold() -> None:
    with SmtpServer(offer=Offer(pipelining=False, size=100)) as server, client(server) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("pipelining")
        assert not smtp.has_extn("smtputf8")
        with pytest.raises(smtplib.SMTPResponseException, match="too large"):
            send(smtp, "r1@example.org", body=BODY + "x" * 200)
        assert server.mails == []


def test_tls_is_spoken_by_starttls_and_from_the_start_with_certificates_good_and_bad() -> None:
    for mode, certificate, trusted in (
        (STARTTLS, "good", True),
        (IMPLICIT, "good", True),
        (STARTTLS, "wrong-name", False),
        (IMPLICIT, "expired", False),
        (STARTTLS, "tls1.0", False),
    ):
        with SmtpServer(offer=Offer(tls=mode, certificate=certificate, username="u", password="p")) as server:
            assert server.authority
            context = ssl.create_default_context(cafile=str(server.authority.file))
            if trusted:
                _send_over_tls(server, mode, context)
            else:
                with pytest.raises(ssl.SSLError):
                    _send_over_tls(server, mode, context)
            assert len(server.mails) == trusted


def _send_over_tls(server: SmtpServer, mode: str, context: ssl.SSLContext) -> None:
    if mode == IMPLICIT:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", server.port, timeout=5, context=context)
    else:
        smtp = client(server)
        smtp.starttls(context=context)
    with smtp:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(smtp, "r1@example.org")
        smtp.login("u", "p")
        send(smtp, "r1@example.org")


def test_octets_are_forged_behind_the_answer_to_starttls_when_asked() -> None:
    offer = Offer(tls=STARTTLS, extra_before_tls=True)
    with SmtpServer(offer=offer) as server, socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\n")
        assert plain.recv(1000).count(b"\r\n250") == 3


def test_the_command_prints_its_port_and_figures() -> None:
    command = [sys.executable, "-m", "tests.lab", "sink", "--count", "--script", "rcpt to=no: 550 5.1.1 no"]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        with smtplib.SMTP("127.0.0.1", int(process.stdout.readline()), timeout=5) as smtp:
            send(smtp, "yes@example.org", "no@example.org")
            process.stdin.write("+rcpt: 550 5.1.1 nobody\n")
            process.stdin.flush()
            figures = json.loads(process.stdout.readline())
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                send(smtp, "yes@example.org")
        process.stdin.close()
        assert process.wait(10) == 0
    assert (figures["count"], figures["octets"], figures["distinct"]) == (1, len(BODY), 1)
