"""A workspace with a newsletter, a list and an issue for tests, with defaults that are the same every time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from mailer.issues.document import parse_document
from mailer.issues.drafts import save_document
from mailer.issues.models import Issue
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.newsletters.create import NewNewsletter, create_newsletter
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import create_workspace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class House:
    """A workspace ready to send: one newsletter to one list, one draft issue."""

    workspace: Workspace
    newsletter: Newsletter
    mailing_list: MailingList
    issue: Issue


def make_house(session: Session, slug: str = "viken", *, blocks: list[dict[str, Any]] | None = None) -> House:
    """Make a workspace, a newsletter and a list of the same slug, and the draft 2026:1."""
    workspace = create_workspace(session, slug, "Föreningen Viken", now=NOON)
    mailing_list = create_list(session, workspace.id, slug, "Nyhetsbrevet", now=NOON)
    theme = Theme(organisation="Föreningen Viken", website="https://example.org", email="info@example.org")
    new = NewNewsletter(
        slug=slug,
        name="Nyheter från Viken",
        sender_name="Föreningen Viken",
        sender_email="brev@example.org",
        theme=theme,
    )
    newsletter = create_newsletter(session, workspace.id, new, [mailing_list], now=NOON)
    return House(workspace, newsletter, mailing_list, make_issue(session, newsletter, blocks=blocks))


def make_document(number: str = "2026:1", *, blocks: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a small issue document as it would stand in a file."""
    return {
        "number": number,
        "lang": "sv",
        "subject": "Våren kommer till Viken",
        "preheader": "Läs om vårens möten och den nya bryggan.",
        "blocks": blocks
        or [
            {"id": "hello", "type": "greeting", "v": 1, "data": {"template": "Hej {{fornamn|läsare}}!"}},
            {
                "id": "pier",
                "type": "text",
                "v": 1,
                "data": {"heading": "Den nya bryggan", "body": "<p>Bryggan är klar. Välkommen att bada!</p>"},
            },
        ],
    }


def make_issue(
    session: Session, newsletter: Newsletter, number: str = "2026:1", *, blocks: list[dict[str, Any]] | None = None
) -> Issue:
    document = parse_document(make_document(number, blocks=blocks))
    return save_document(session, newsletter, document, actor="test", now=NOON)[0]
