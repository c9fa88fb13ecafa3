"""Mails joined from octets: they decode to a plain rendering with the reader's values, whatever those are."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from mailer.db import transaction
from mailer.deliveries.claim import Reader
from mailer.deliveries.content import DispatchContent, load_content
from mailer.deliveries.personalise import Personaliser
from mailer.deliveries.start import plan_dispatch
from mailer.mime.headers import one_line
from tests.factories.newsletters import NOON, make_house
from tests.factories.subscribers import make_readers

NOW = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)


@pytest.fixture
def content(engine: Engine) -> DispatchContent:
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        return load_content(session, dispatch.id)


def make_reader(sequence: int = 1, name: str = "Åsa Öberg", address: str = "asa@example.org") -> Reader:
    return Reader(sequence, sequence + 100, address, name, "", 0, "1", 0)


def parse(octets: bytes) -> EmailMessage:
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


@given(name=st.text(max_size=80))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_the_parts_decode_to_a_plain_rendering_for_any_name(content: DispatchContent, name: str) -> None:
    reader = make_reader(name=name.encode("utf-8", "ignore").decode())
    mail = Personaliser(content).make(reader, NOW)
    message = parse(mail.octets)
    leave = re.search(r"<(http[^>]+)>", message["List-Unsubscribe"])
    manage = re.search(r"http://localhost:8025/m/[\w-]+", part(message, "plain"))
    assert leave
    assert manage
    (variant,) = content.variants.values()
    first_name = one_line(reader.name).split(" ")[0] or "läsare"
    values = {"unsubscribe_url": leave[1], "manage_url": manage[0], "first_name|läsare": first_name}
    html, text = variant.html, variant.text
    for sentinel, value in variant.names.items():
        html, text = html.replace(sentinel, escape(values[value])), text.replace(sentinel, values[value])
    assert part(message, "html").rstrip("\n") == html.rstrip("\n")
    assert part(message, "plain").rstrip("\n") == text.rstrip("\n")


def test_the_octets_keep_to_the_limits_of_smtp(content: DispatchContent) -> None:
    mail = Personaliser(content).make(make_reader(name="N" * 80, address=f"{'a' * 64}@{'b' * 60}.example.org"), NOW)
    head, _, body = mail.octets.partition(b"\r\n\r\n")
    assert mail.octets.replace(b"\r\n", b"").count(b"\n") == mail.octets.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not any(line.startswith(b".") for line in mail.octets.split(b"\r\n"))
    assert mail.octets.isascii()
    assert len(mail.return_path.partition("@")[0]) <= 64


def test_the_headers_are_those_that_mailbox_providers_ask_for_each_once(content: DispatchContent) -> None:
    message = parse(Personaliser(content).make(make_reader(), NOW).octets)
    names = message.keys()
    assert len(names) == len(set(names))
    assert set(names) >= {
        "From", "Reply-To", "To", "Date", "Subject", "Message-ID", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "List-Help", "List-Archive", "Precedence", "Feedback-ID", "MIME-Version",
    }  # fmt: skip
    assert "Auto-Submitted" not in names
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(
        r"<http://localhost:8025/u/[\w-]+>, <mailto:leave\+[0-9a-f]+@example.org\?subject=unsubscribe>",
        message["List-Unsubscribe"],
    )
    sender = message["Feedback-ID"].split(":")
    assert len(sender) == 4
    assert 5 <= len(sender[3]) <= 15
    assert [one.get_content_type() for one in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_retry_has_the_same_message_id_and_no_two_readers_share_one(content: DispatchContent) -> None:
    personaliser = Personaliser(content)
    mails = [parse(personaliser.make(make_reader(n % 50), NOW).octets)["Message-ID"] for n in range(100)]
    assert mails[:50] == mails[50:]
    assert len(set(mails)) == 50


def test_a_sender_with_swedish_letters_in_its_domain_is_ascii_on_the_wire(content: DispatchContent) -> None:
    swedish = replace(content, sender_email="info@räksmörgås.example", bounce_domain="räksmörgås.example")
    mail = Personaliser(swedish).make(make_reader(), NOW)
    assert mail.octets.isascii()
    assert mail.return_path.isascii()
    assert mail.return_path.endswith("@xn--rksmrgs-5wao1o.example")


def test_a_name_that_looks_like_code_is_shown_as_typed(content: DispatchContent) -> None:
    message = parse(Personaliser(content).make(make_reader(name="<b>{{7*7}}</b>&"), NOW).octets)
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;&amp;" in part(message, "html")
    assert "<b>{{7*7}}</b>&" in part(message, "plain")


@pytest.mark.parametrize(("name", "greeting"), [("Åsa Öberg", "Hej Åsa!"), ("", "Hej!")])
def test_a_greeting_without_fallback_closes_up(engine: Engine, name: str, greeting: str) -> None:
    hello = {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|}}!"}}
    with transaction(engine) as session:
        news = {"id": "news", "type": "text", "v": 1, "data": {"body": "<p>Välkommen till bryggan.</p>"}}
        house = make_house(session, blocks=[hello, news])
        make_readers(session, house.mailing_list, 1)
        dispatch = plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=NOON)
        message = parse(Personaliser(load_content(session, dispatch.id)).make(make_reader(name=name), NOW).octets)
    assert greeting in part(message, "html")
    assert greeting in part(message, "plain")


def test_no_reader_finds_anything_of_another_in_a_hundred_thousand_parallel_mails(content: DispatchContent) -> None:
    """Case N6: one personaliser, four threads, and every mail holds its own tokens and name and no others."""
    personaliser = Personaliser(content)
    token = re.compile(rb"/[um]/([\w-]+)")

    def make_some(first: int) -> dict[bytes, int]:
        owners: dict[bytes, int] = {}
        for sequence in range(first, first + 25_000):
            octets = personaliser.make(make_reader(sequence, name=f"Unik{sequence}x"), NOW).octets.replace(
                b"=\r\n", b""
            )
            assert set(re.findall(rb"Unik(\d+)x", octets)) == {str(sequence).encode()}
            for found in set(token.findall(octets)):
                assert owners.setdefault(found, sequence) == sequence
        return owners

    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(make_some, range(1, 100_001, 25_000)))
    owners = {found: sequence for part in parts for found, sequence in part.items()}
    assert len(owners) == sum(map(len, parts)) == 200_000
    assert Counter(owners.values()) == dict.fromkeys(range(1, 100_001), 2)


@given(
    body=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=300),
    name=st.text(max_size=80),
    organisation=st.text(max_size=120),
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_any_issue_and_any_attributes_keep_to_the_limits_and_decode(
    content: DispatchContent, body: str, name: str, organisation: str
) -> None:
    """Cases A19 and M1: whatever is written, one message arrives, line by line within the limits, as it was written."""
    (key, variant), *_ = content.variants.items()
    sentinel = next(one for one, value in variant.names.items() if value == "first_name|läsare")
    written = f".\nFrom {body}\n.{sentinel}.\n{'x' * 5000}\n"
    changed = replace(variant, text=variant.text + written, html=variant.html + f"<p>{escape(written)}</p>")
    reader = make_reader(name=name.encode("utf-8", "ignore").decode())._replace(
        organisation=organisation.encode("utf-8", "ignore").decode()
    )
    mail = Personaliser(replace(content, variants={key: changed})).make(reader, NOW)
    head, _, rest = mail.octets.partition(b"\r\n\r\n")
    assert mail.octets.isascii()
    assert mail.size == len(mail.octets)
    assert b"\0" not in mail.octets
    assert mail.octets.count(b"\r") == mail.octets.count(b"\n") == mail.octets.count(b"\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, rest.split(b"\r\n"))) <= 76
    assert not any(line.startswith((b".", b"From ")) for line in mail.octets.split(b"\r\n")[20:])
    message = parse(mail.octets)
    first_name = one_line(reader.name).split(" ")[0] or "läsare"
    assert written.replace(sentinel, first_name) in part(message, "plain")
    assert escape(written).replace(sentinel, escape(first_name)) in part(message, "html")
    assert len(message.get_all("To") or []) == len(message.get_all("Subject") or []) == 1
    assert [one.addr_spec for one in message["To"].addresses] == [reader.address]
