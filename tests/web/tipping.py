"""Tipping a colleague as a reader does: the form, the button in one's own mail, and the mails that come of it."""

import email
from email import policy
from email.message import EmailMessage
from typing import Any

from starlette.testclient import TestClient

from mailer import clock, db
from mailer.newsletters.models import Newsletter
from mailer.notices.compose import compose_notice
from mailer.notices.models import Notice
from mailer.notices.sender import newsletter_sender
from tests.web.conftest import BASE
from tests.web.joining import notices, told

TELL = "/n/natverksbrevet/2016-1/tell"
OWN = {"origin": BASE}
TYPED = {
    "tipper": "eva@example.org",
    "name": "Eva Å",
    "colleague": "kollega@example.net",
    "message": "Läs om mötet, det är något för er!",
}


def post(client: TestClient, **fields: str) -> Any:  # noqa: ANN401 - the client's own response
    return client.post(TELL, data=TYPED | fields, headers=OWN)


def confirm(client: TestClient, **fields: str) -> str:
    """Fill in the form and press the button in the tipper's mail; return its address."""
    assert post(client, **fields).status_code == 303
    link = told(notices("confirm_tip")[-1], "tip_url")
    assert client.post(link, headers=OWN).status_code == 303
    return link


def compose(notice: Notice) -> EmailMessage:
    with db.reading() as session:
        sender = newsletter_sender(session.get_one(Newsletter, notice.newsletter_id))
    message = email.message_from_bytes(compose_notice(sender, notice, now=clock.now()).octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    assert part
    return str(part.get_content())
