"""A small world for the tests of the pages: two workspaces, a newsletter with sent issues and a draft, three readers.

Alice owns, Viktor may only look, Charlie belongs to the other workspace and must get nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from mailer.accounts.queries import create_user
from mailer.deliveries.start import start_dispatch
from mailer.issues.exchange import import_issue
from mailer.issues.models import Issue, SavedBlock
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.newsletters.create import NewNewsletter, create_newsletter
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.subscribers.joining import add_subscriber, join_lists
from mailer.subscribers.models import Subscriber
from mailer.workspaces.queries import add_member, create_workspace

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

BLOCKS: list[dict[str, Any]] = [
    {"id": "intro", "type": "text", "data": {"heading": "Hej", "body": "<p>Vi har nyheter till dig.</p>"}},
    {
        "id": "mote",
        "type": "event",
        "data": {
            "heading": "Möte i höst",
            "start": "2030-12-06T12:00+01:00",
            "end": "2030-12-06T16:30+01:00",
            "place": "Exempelgården",
        },
    },
    {"id": "slut", "type": "text", "data": {"heading": "Till sist", "body": "<p>Tack för att du läser.</p>"}},
]


@dataclass(frozen=True)
class World:
    workspace_id: int
    dispatch_id: int
    readers: list[Subscriber]
    newsletter: Newsletter
    lists: list[MailingList]


def add_bob(session: Session, workspace_id: int) -> None:
    """Let Bob edit, for tests in which two people meet."""
    add_member(
        session, workspace_id, create_user(session, "bob@example.org", name="Bob", now=NOW).id, "editor", now=NOW
    )


def make_world(session: Session) -> World:
    """Make everything; 2016:1 and 2016:2 have been sent to Nyhetsbrevet, 2017:1 is a draft."""
    workspace = create_workspace(session, "foreningen", "Föreningen Exempel", now=NOW)
    other = create_workspace(session, "annan", "Annan förening", now=NOW)
    for email, place, role in (
        ("alice@example.org", workspace, "owner"),
        ("viktor@example.org", workspace, "viewer"),
        ("charlie@example.org", other, "owner"),
    ):
        add_member(session, place.id, create_user(session, email, now=NOW).id, role, now=NOW)
    lists = [
        create_list(session, workspace.id, "nyhetsbrevet", "Nyhetsbrevet", now=NOW),
        create_list(session, workspace.id, "parter", "Parter", now=NOW),
        create_list(session, workspace.id, "tomma", "Tomma listan", now=NOW),
    ]
    newsletter = make_newsletter(session, workspace.id, "natverksbrevet", lists[:1])
    make_newsletter(session, workspace.id, "tomt", [], name="Parternas brev")
    readers = [add_subscriber(session, workspace.id, f"{n}@example.org", now=NOW) for n in ("anna", "bo", "cecilia")]
    for reader in readers:
        join_lists(session, reader, [lists[0].id], now=NOW, source="test")
    join_lists(session, readers[0], [lists[1].id], now=NOW, source="test")
    first = start_dispatch(session, make_issue(session, newsletter, "2016:1"), lists[:1], actor="test", now=NOW)
    start_dispatch(session, make_issue(session, newsletter, "2016:2"), lists[:1], actor="test", now=NOW)
    make_issue(session, newsletter, "2017:1")
    session.add(make_saved_block(newsletter.id))
    return World(workspace.id, first.id, readers, newsletter, lists)


def make_saved_block(newsletter_id: int) -> SavedBlock:
    """Return the shared block that the example of the kind `saved` names."""
    data = {
        "heading": "Våra grupper",
        "rows": [{"name_or_group": "Rådgivningsgruppen", "email": "radgivning@example.org"}],
    }
    return SavedBlock(
        newsletter_id=newsletter_id, slug="arbetsgrupper", name="Arbetsgrupper", kind="contacts", version=1,
        data=data, is_shared=True, updated_at=NOW, updated_by="test",
    )  # fmt: skip


def make_newsletter(
    session: Session, workspace_id: int, slug: str, lists: list[MailingList], name: str = "Nätverksbrevet"
) -> Newsletter:
    new = NewNewsletter(
        slug=slug,
        name=name,
        sender_name="Föreningen Exempel",
        sender_email="brev@example.org",
        theme=Theme(organisation="Föreningen Exempel", email="info@example.org", phone="019-12 34 56"),
    )
    return create_newsletter(session, workspace_id, new, lists, now=NOW)


def make_issue(session: Session, newsletter: Newsletter, number: str, subject: str = "Nyheter och möten") -> Issue:
    document = {
        "number": number,
        "lang": "sv",
        "subject": subject,
        "preheader": "Vi träffas i december.",
        "date": f"{number[:4]}-11-23",
        "blocks": BLOCKS,
    }
    return import_issue(session, newsletter, document, Path("no-assets"), actor="test", now=NOW)[0]
