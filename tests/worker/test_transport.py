"""One connection with a real server: pipelined and in lockstep, refusals in the middle, and relays that are hostile."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mailer.deliveries.personalise import Mail
from mailer.relays.address import parse_relay_url
from tests.lab.script import SILENCE, Script
from tests.lab.sink import SmtpServer
from worker.engine.outcome import Answer, Fate, Stage, judge
from worker.engine.transport import Connection, NoConnectionError, Timeouts

NO_PIPELINING = "250-sink.example.org\r\n250 ENHANCEDSTATUSCODES"
QUICK = Timeouts(connect=2, command=0.5, data=0.5, body=0.5, dot=0.5)


def mail(name: str) -> Mail:
    pieces = [f"Subject: {name}\r\n\r\n".encode(), f"Hello {name}\r\n".encode()]
    return Mail("bounce@example.org", f"{name}@example.org", pieces, sum(map(len, pieces)))


def talk(script: Script, act: Callable[[Connection], Coroutine[Any, Any, Any]]) -> tuple[Any, SmtpServer]:
    """Open a connection to a server that obeys `script`, let `act` use it, and return what it returned."""

    async def converse(url: str) -> object:
        connection = await Connection.open(parse_relay_url(url), QUICK)
        try:
            return await act(connection)
        finally:
            await connection.close()

    with SmtpServer(script) as server:
        return asyncio.run(converse(server.url)), server


async def send_all(connection: Connection, names: str) -> list[Answer]:
    mails = [mail(name) for name in names]
    return [
        await connection.deliver(one, lambda: None, mails[i + 1] if i + 1 < len(mails) else None)
        for i, one in enumerate(mails)
    ]


def fates(answers: list[Answer]) -> list[Fate]:
    return [judge(answer).fate for answer in answers]


def test_a_pipelined_mail_costs_one_round_trip_and_a_lockstep_mail_four() -> None:
    names = "abcdefghij"
    piped, server = talk({}, lambda connection: send_all(connection, names))
    assert fates(piped) == [Fate.SENT] * 10
    assert [one.recipient[0] for one in server.mails] == list(names)
    assert server.ledger.reads <= 10 + 4  # EHLO, the first envelope, QUIT, and one to spare
    stepped, server = talk({"ehlo": lambda _: NO_PIPELINING}, lambda connection: send_all(connection, names))
    assert fates(stepped) == [Fate.SENT] * 10
    assert server.ledger.reads >= 4 * 10


@pytest.mark.parametrize("ehlo", [None, NO_PIPELINING], ids=["pipelined", "lockstep"])
@pytest.mark.parametrize("lone_dot", [False, True], ids=["DATA refused", "DATA accepted"])
def test_a_refused_reader_in_the_middle_disturbs_nobody(ehlo: str | None, lone_dot: bool) -> None:
    script: dict[str, Callable[[str], str | None]] = {
        "ehlo": lambda _: ehlo,
        "rcpt": lambda to: "550 5.1.1 no" if to[0] in "be" else None,
    }
    if lone_dot:
        script["lone dot"] = lambda _: None
    answers, server = talk(script, lambda connection: send_all(connection, "abcdef"))
    assert fates(answers) == [Fate.SENT, Fate.FAILED, Fate.SENT, Fate.SENT, Fate.FAILED, Fate.SENT]
    assert [one.octets for one in server.mails] == [mail(name).octets for name in "acdf"]


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        ("x" * 1_000_000, Fate.AGAIN_LATER),
        ("250-" + ("a" * 70 + "\r\n250-") * 5000, Fate.AGAIN_LATER),
        ("250-" + "never\r\n250-" * 20_000, Fate.AGAIN_LATER),
        ("hello", Fate.AGAIN_LATER),
        ("\x00\x00\x00", Fate.AGAIN_LATER),
        ("2x0 ok", Fate.AGAIN_LATER),
        (SILENCE, Fate.AGAIN_NOW),
    ],
    ids=["1 MB line", "long lines", "endless", "no number", "NUL", "half a number", "silence"],
)
def test_a_hostile_relay_costs_bounded_time_and_no_mail(reply: str, fate: Fate) -> None:
    answers, server = talk({"mail": lambda _: reply}, lambda connection: send_all(connection, "a"))
    assert fates(answers) == [fate]
    assert judge(answers[0]).drop_connection
    assert server.mails == []


def test_silence_after_the_dot_is_unknown_and_before_it_is_safe() -> None:
    for stage, expected in (("dot", Fate.UNKNOWN), ("data", Fate.AGAIN_NOW), ("rcpt", Fate.AGAIN_NOW)):
        answers, _server = talk({stage: lambda _: SILENCE}, lambda connection: send_all(connection, "a"))
        assert fates(answers) == [expected]


def test_an_address_outside_ascii_fails_with_a_reason_when_the_relay_cannot_take_it() -> None:
    swedish = Mail("bounce@example.org", "åsa@example.org", [b"Subject: x\r\n\r\nx\r\n"], 17)
    answer, server = talk({}, lambda connection: connection.deliver(swedish, lambda: None))
    assert judge(answer).reason == "address_not_ascii"
    assert not any(line.startswith("RCPT") for line in server.ledger.commands)


def test_no_connection_tells_the_stage() -> None:
    with pytest.raises(NoConnectionError) as refused:
        talk({"greeting": lambda _: "554 no service"}, lambda connection: send_all(connection, "a"))
    assert refused.value.answer.stage is Stage.GREETING
    with SmtpServer() as server:
        gone = server.url
    with pytest.raises(NoConnectionError) as nobody:
        asyncio.run(Connection.open(parse_relay_url(gone), QUICK))
    assert nobody.value.answer.stage is Stage.CONNECT
    with pytest.raises(NoConnectionError) as bare, SmtpServer() as server:
        asyncio.run(Connection.open(parse_relay_url(server.url.replace("off", "required")), QUICK))
    assert bare.value.answer.stage is Stage.TLS


def test_a_mail_that_was_begun_is_never_given_the_body_of_another() -> None:
    async def swap(connection: Connection) -> list[Answer]:
        first = await connection.deliver(mail("a"), lambda: None, mail("b"))
        return [first, await connection.deliver(mail("c"), lambda: None)]

    answers, server = talk({}, swap)
    assert fates(answers) == [Fate.SENT, Fate.AGAIN_NOW]
    assert judge(answers[1]).drop_connection
    assert [one.recipient[0] for one in server.mails] == ["a"]
