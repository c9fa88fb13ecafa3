"""Every kind of notice: composed in both languages from its example, a mail that says one thing and tells nothing."""

import email
import re
from email import policy
from email.message import EmailMessage

import pytest
from sqlalchemy.orm import Session

from mailer.notices.ask import ask_for_notice
from mailer.notices.compose import NoticeMail, compose_notice
from mailer.notices.kinds import KINDS
from mailer.notices.sender import newsletter_sender
from mailer.render.jinja import TEMPLATES
from tests.factories.newsletters import NOON, make_house

HEADERS = {
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
}


def compose(session: Session, kind: str, language: str) -> NoticeMail:
    house = make_house(session)
    notice = ask_for_notice(
        session, house.newsletter, kind, "Anna@example.org", language, KINDS[kind].example, now=NOON
    )
    return compose_notice(newsletter_sender(house.newsletter), notice, now=NOON)


def parse(mail: NoticeMail) -> EmailMessage:
    message = email.message_from_bytes(mail.octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def read(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    assert part
    return str(part.get_content())


def test_every_folder_of_a_notice_is_a_kind() -> None:
    folders = {path.parent.name for path in TEMPLATES.glob("mail/*/subject.txt")}
    assert folders == KINDS.keys()


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_has_the_headers_of_a_machine_and_none_of_a_list(session: Session, kind: str, language: str) -> None:
    message = parse(compose(session, kind, language))
    assert set(message.keys()) == HEADERS
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["To"] == "Anna@example.org"
    assert len(message["Subject"]) <= 100


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_says_the_same_in_both_forms_and_calls_nobody(session: Session, kind: str, language: str) -> None:
    message = parse(compose(session, kind, language))
    text, html = read(message, "plain"), read(message, "html")
    links = set(re.findall(r"https?://[^\s\"'<>]+", text)) - {"https://example.org"}
    assert all(link in html for link in links)
    assert not re.search(r"<img|<script|https?://(?!localhost|example\.org|www\.w3\.org)", html)
    assert f'lang="{language}"' in html
    assert max(map(len, text.splitlines())) <= 200


@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_short_and_none_begins_with_a_dot(session: Session, kind: str) -> None:
    octets = compose(session, kind, "sv").octets
    lines = octets.split(b"\r\n")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith(b".")]
