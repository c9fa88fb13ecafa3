"""`mailer relay`: terms, switches, what was sent under quotas, slow start, and trying a relay out."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from alembic import command
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from mailer import clock
from mailer.__main__ import app
from mailer.db import transaction
from mailer.errors import MailerError, RefusedError
from mailer.migrations import make_config
from mailer.relays.queries import get_relay, key_of, list_usable_relays
from mailer.relays.quotas import Quota, reserve
from mailer.relays.slow_start import key_of_sender, note_sender
from mailer.relays.troubles import note_trouble
from tests.cli.test_commands import ask, run
from tests.conftest import forget_settings
from tests.factories.newsletters import House, make_house


@pytest.fixture
def house(engine: Engine) -> House:
    command.stamp(make_config(), "head")
    with transaction(engine) as session:
        return make_house(session)


def refuse(*arguments: str) -> str:
    with pytest.raises(MailerError) as refused:
        app([*arguments], standalone_mode=False)
    return str(refused.value)


def add(name: str, *options: str, url: str = "smtps://u:hemligt@relay.example.org?per_hour=10") -> None:
    result = run("relay", "add", name, "--url", url, *options)
    assert result.exit_code == 0, result.output


def test_a_relay_is_added_on_the_terms_of_its_url_and_of_the_options(house: House) -> None:
    add("one", "--weight", "3", "--per-second", "2.5", "--connections", "4")
    [shown] = ask("relay", "list")
    assert shown.pop("address") == "relay.example.org:465"
    assert shown == {
        "relay": "one",
        "security": "implicit TLS",
        "enabled": True,
        "weight": 3,
        "connections": 4,
        "per_second": 2.5,
        "per_hour": 10,
        "per_day": None,
        "this_hour": 0,
        "today": 0,
        "trouble": None,
        "trouble_at": None,
    }
    words = run("relay", "list").output
    assert "weight 3" in words
    assert "0 of 10" in words
    assert "hemligt" not in words


def test_a_relay_that_refuses_us_is_shown_with_its_words_although_another_one_works(house: House) -> None:
    add("one")
    [shown] = ask("relay", "list")
    with transaction() as session:
        relay = get_relay(session, house.workspace.id, "one")
        note_trouble(session, key_of(relay), "auth: 535 5.7.8 wrong password", clock.now())
        note_trouble(session, key_of(relay), "auth: 535 5.7.8 still wrong", clock.now())
    [shown] = ask("relay", "list")
    assert shown["trouble"] == "auth: 535 5.7.8 still wrong"
    assert "one could not be used at" in run("relay", "list").output


def test_a_relay_on_this_machine_says_why_it_needs_no_tls(house: House) -> None:
    add("near", url="smtp://127.0.0.1:25?starttls=off")
    assert "same machine" in " ".join(run("relay", "list").output.split())


def test_a_relay_is_changed_and_what_is_not_named_stays(house: House) -> None:
    add("one", "--weight", "3", "--per-day", "100")
    assert run("relay", "set", "one", "--weight", "0", "--per-hour", "0").exit_code == 0
    [shown] = ask("relay", "list")
    assert (shown["weight"], shown["per_hour"], shown["per_day"]) == (0, None, 100)
    assert "standby" in run("relay", "list").output
    assert run("relay", "set", "one", "--url", "smtp://other.example").exit_code == 0
    [changed] = ask("relay", "list")
    assert (changed["address"], changed["per_day"]) == ("other.example:25", 100)


def test_another_password_is_read_from_standard_input(house: House) -> None:
    add("one")
    answered = run("relay", "set", "one", "--url", "-", input="smtps://u:nytt@third.example\n")
    assert answered.exit_code == 0
    with transaction() as session:
        assert list_usable_relays(session, house.workspace.id)[0].address.password == "nytt"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["set", "nope"], "There are: one"),
        (["set", "one", "--weight", "-1"], "weight is a number from 0 to 1,000,000,000"),
        (["set", "one", "--url", "smtp://a?per_hours=1"], "per_hours"),
        (["add", "one", "--url", "smtp://a"], "already"),
        (["disable", "nope"], "There are: one"),
        (["test", "nope"], "There are: one"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(house: House, words: list[str], reason: str) -> None:
    add("one")
    assert reason in refuse("relay", *words)


def test_disabled_relays_are_not_used_and_mail_does_not_leave_by_another_way(house: House) -> None:
    add("one")
    add("two")
    run("relay", "disable", "one")
    with transaction() as session:
        assert [option.name for option in list_usable_relays(session, house.workspace.id)] == ["two"]
    run("relay", "disable", "two")
    with transaction() as session:
        assert list_usable_relays(session, house.workspace.id) == ()
    run("relay", "enable", "one")
    assert [one["enabled"] for one in ask("relay", "list")] == [True, False]


def test_without_relays_of_its_own_a_workspace_uses_those_of_the_settings(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_SMTP_URL", "smtp://a.example?weight=2&per_day=5 smtps://b.example")
    forget_settings()
    assert [(one["relay"], one["weight"], one["per_day"]) for one in ask("relay", "list")] == [
        ("a.example:25", 2, 5),
        ("b.example:465", 1, None),
    ]


def test_the_list_shows_what_was_sent_and_a_removed_relay_leaves_no_quota(house: House) -> None:
    add("one")
    with transaction() as session:
        key = list_usable_relays(session, house.workspace.id)[0].key
        reserve(session, Quota(key, per_hour=10), 7, now=clock.now())
    assert [(one["this_hour"], one["today"]) for one in ask("relay", "list")] == [(7, 7)]
    assert "7 of 10" in run("relay", "list").output
    run("relay", "remove", "one")
    add("new")
    assert [one["this_hour"] for one in ask("relay", "list")] == [0]


def test_senders_shows_slow_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_SLOW_START_PER_DAY", "500")
    forget_settings()
    [new] = ask("relay", "senders")
    assert new == {"domain": "example.org", "first_sent_on": None, "today": 0, "of_a_day": 500}
    first = clock.now() - timedelta(days=2)
    with transaction() as session:
        note_sender(session, "example.org", first.date())
        reserve(session, Quota(key_of_sender("example.org"), per_day=2000), 30, now=clock.now())
    [known] = ask("relay", "senders")
    assert (known["first_sent_on"], known["today"], known["of_a_day"]) == (str(first.date()), 30, 2000)


class Relay(SMTP):
    """An SMTP server that takes a password by PLAIN and LOGIN, and a token by XOAUTH2."""

    async def auth_XOAUTH2(self, _server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd looks for it
        return AuthResult(success="dXNlcj11AWF1dGg9QmVhcmVyIHQBAQ==" in args, handled=False)  # user=u, auth=Bearer t


class RelayController(Controller):
    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        super().__init__(object(), hostname="127.0.0.1", port=0)

    def factory(self) -> SMTP:
        return Relay(
            self.handler,
            authenticator=_check,
            auth_required=False,
            auth_require_tls=False,
            tls_context=self._context,
            enable_SMTPUTF8=True,
            loop=self.loop,
        )

    def _trigger_server(self) -> None:
        """Connect once, as aiosmtpd does, but to the port that was found free."""
        with socket.create_connection(("127.0.0.1", int(self.address.rpartition(":")[2])), 5) as client:
            client.recv(100)

    @property
    def address(self) -> str:
        assert isinstance(self.server, asyncio.Server)
        return f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"


def _check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401 - aiosmtpd's signature
    return AuthResult(success=data.password == b"secret", handled=False)


@pytest.fixture
def relay() -> Iterator[RelayController]:
    controller = RelayController()
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.parametrize("url", ["smtp://{}", "smtp://u:secret@{}", "smtp://u:t@{}?auth=xoauth2"])
def test_a_relay_that_works_is_called_ready_with_what_it_offers(house: House, relay: RelayController, url: str) -> None:
    add("one", url=url.format(relay.address))
    [found] = ask("relay", "test", "one")
    assert (found["result"], found["smtputf8"], found["pipelining"]) == ("ready", True, False)
    assert found["size"] == 33554432
    assert "XOAUTH2" in found["sign_in"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("smtp://u:wrong@{}", "sign in: 535"),
        ("smtp://u:x@{}?auth=xoauth2", "sign in: 535"),
        ("smtp://u@{}?auth=xoauth2&token_file=/nowhere/token", "sign in: The token file"),
        ("smtp://{}?starttls=required", "STARTTLS"),
        ("smtps://{}", "connect: no TLS"),
        ("smtp://127.0.0.1:1", "connect: .*refused"),
    ],
)
def test_a_relay_that_does_not_work_says_at_which_stage_and_why(
    house: House, relay: RelayController, capsys: pytest.CaptureFixture[str], url: str, reason: str
) -> None:
    add("one", url=url.format(relay.address))
    with pytest.raises(RefusedError, match="cannot be handed to: one"):
        app(["relay", "test", "--json"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert re.search(reason, shown)
    assert "wrong" not in shown


def test_a_certificate_that_nobody_vouches_for_is_named(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    controller = RelayController(make_context(tmp_path))
    controller.start()
    add("one", url=f"smtp://{controller.address}?starttls=required")
    with pytest.raises(RefusedError):
        app(["relay", "test", "--json"], standalone_mode=False)
    controller.stop()
    assert "STARTTLS: the certificate is not good: self-signed certificate" in capsys.readouterr().out


def make_context(folder: Path) -> ssl.SSLContext:
    """Return a server's TLS with a certificate that it signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "pem")
    return context


@pytest.mark.parametrize(
    ("setting", "value"), [("MAILER_DOMAIN_RATES", "gmail.com=fast"), ("MAILER_SMTP_URL", "smtp://a?per_hours=1")]
)
@pytest.mark.parametrize("part", ["worker", "up"])
def test_nothing_starts_on_settings_that_mean_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, part: str, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    forget_settings()
    assert re.search("MAILER_DOMAIN_RATES|per_hours", refuse(part))
