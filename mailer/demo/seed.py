"""Putting the demo into an installation that has no workspace yet. Its history is written, not sent."""

from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailer.accounts.queries import create_user
from mailer.assets.library import add_logo
from mailer.clock import LOCAL_ZONE
from mailer.deliveries.finishing import finish_dispatch
from mailer.deliveries.models import Batch, Delivery
from mailer.deliveries.start import plan_dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import close_batch
from mailer.demo.issues import CONTACT, draft_issue, first_issue, second_issue
from mailer.demo.people import iter_people
from mailer.demo.pictures import draw_landscape, draw_logo
from mailer.issues.exchange import import_issue
from mailer.issues.models import Issue, SavedBlock
from mailer.lists.models import MailingList
from mailer.lists.queries import create_list
from mailer.mime.address import parse_address
from mailer.newsletters.create import NewNewsletter, create_newsletter
from mailer.newsletters.join_form import JoinField, JoinForm
from mailer.newsletters.models import Newsletter
from mailer.newsletters.theme import Theme
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, PENDING, Consent, Subscriber, Subscription
from mailer.tokens import hash_address
from mailer.workspaces.models import Workspace
from mailer.workspaces.queries import add_member, create_workspace

_OWNER = "marta.oberg@example.org"
_JOINED = timedelta(days=400)


def seed_demo(session: Session, *, now: datetime) -> bool:
    """Make the demo; False, and nothing done, when there is a workspace already."""
    if session.scalar(select(Workspace.id).limit(1)) is not None:
        return False
    workspace = create_workspace(session, "sjobygden", "Nätverket Sjöbygden", now=now - _JOINED)
    owner = create_user(session, _OWNER, name="Märta Öberg", now=now)
    add_member(session, workspace.id, owner.id, "owner", now=now)
    lists = _make_lists(session, workspace, now)
    newsletter = _make_newsletter(session, workspace, lists, now)
    _add_people(session, workspace, lists, now - _JOINED)
    _add_issues(session, newsletter, lists, now)
    return True


def _make_lists(session: Session, workspace: Workspace, now: datetime) -> list[MailingList]:
    wanted = (
        ("nyhetsbrevet", "Nyhetsbrevet", "Det viktigaste från nätverket, fyra gånger om året."),
        ("parter", "Parter", "Kallelser och underlag till nätverkets parter."),
    )
    return [
        create_list(session, workspace.id, slug, name, description=description, now=now)
        for slug, name, description in wanted
    ]


def _make_newsletter(session: Session, workspace: Workspace, lists: list[MailingList], now: datetime) -> Newsletter:
    logo = add_logo(session, workspace.id, "sjobygden.png", draw_logo(), workspace.name, now=now)
    theme = Theme(
        organisation=workspace.name,
        website="https://example.org",
        email="info@example.org",
        phone="+46 8 465 000 00",
        postal_address="Hamngatan 3, 123 45 Sjöbygden",
        organisation_number="802000-0000",
        logo=logo.hash,
    )
    new = NewNewsletter(
        slug="sjobygden",
        name="Nyhetsbrev från Sjöbygden",
        description="Det viktigaste från föreningar, kommun och studieförbund runt sjön.",
        sender_name="Nätverket Sjöbygden",
        sender_email="nyhetsbrev@example.org",
        reply_to="info@example.org",
        theme=theme,
    )
    newsletter = create_newsletter(session, workspace.id, new, lists[:1], now=now)
    question = JoinField(
        key="roll",
        kind="choice",
        label_sv="Vad gör du i bygden?",
        label_en="What do you do around here?",
        choices=("Förening", "Kommun", "Företag", "Något annat"),
    )
    newsletter.join_form = JoinForm(fields=(question,)).model_dump(mode="json")
    return newsletter


def _add_people(session: Session, workspace: Workspace, lists: list[MailingList], joined: datetime) -> None:
    states = {"active": ACTIVE, "paused": PAUSED, "left": ENDED, "pending": PENDING}
    for person in iter_people():
        key = parse_address(person.address).key
        subscriber = Subscriber(
            workspace_id=workspace.id,
            address=person.address,
            address_key=key,
            address_hash=hash_address(key),
            name=person.name,
            organisation=person.organisation,
            language="sv",
            created_at=joined,
        )
        session.add(subscriber)
        session.flush()
        for one in lists[: 2 if person.is_partner else 1]:
            has_left = person.place == "left"
            session.add(
                Subscription(
                    list_id=one.id,
                    subscriber_id=subscriber.id,
                    state=states[person.place],
                    started_at=joined,
                    ended_at=joined + timedelta(days=90) if has_left else None,
                    ended_reason="left" if has_left else "",
                )
            )
            session.add(
                Consent(
                    workspace_id=workspace.id,
                    subscriber_id=subscriber.id,
                    list_id=one.id,
                    verb="given",
                    source="demo",
                    at=joined,
                )
            )
    session.flush()


def _add_issues(session: Session, newsletter: Newsletter, lists: list[MailingList], now: datetime) -> None:
    today = now.astimezone(LOCAL_ZONE).date()
    with TemporaryDirectory() as name:
        folder = Path(name)
        for palette in ("summer", "autumn", "winter"):
            (folder / f"{palette}.jpg").write_bytes(draw_landscape(palette))
        first, second, third = _number_issues([today - timedelta(days=days) for days in (180, 30, 0)])
        for document, days in ((first_issue(first), 180), (second_issue(second, today), 30)):
            issue, _ = import_issue(session, newsletter, document, folder, actor="demo", now=now)
            _pretend_sent(session, issue, lists[:1], now - timedelta(days=days))
        session.add(_share_contact(newsletter, now))
        session.flush()
        import_issue(session, newsletter, draft_issue(third, today), folder, actor="demo", now=now)


def _share_contact(newsletter: Newsletter, now: datetime) -> SavedBlock:
    return SavedBlock(
        newsletter_id=newsletter.id, slug="kontakt", name="Kontakt", kind="contact_box", version=1, data=CONTACT,
        is_shared=True, updated_at=now, updated_by="demo",
    )  # fmt: skip


def _number_issues(days: list[date]) -> list[str]:
    """Number issues by the days they are sent: each year begins anew with 1."""
    return [f"{day.year}:{sum(other.year == day.year for other in days[: i + 1])}" for i, day in enumerate(days)]


def _pretend_sent(session: Session, issue: Issue, lists: list[MailingList], then: datetime) -> None:
    """Write the history of a dispatch that was accepted by the relay at `then`."""
    dispatch = plan_dispatch(session, issue, lists, actor="demo", now=then)
    session.execute(
        update(Delivery)
        .where(Delivery.dispatch_id == dispatch.id, Delivery.state == State.PLANNED)
        .values(state=State.SENT, code=250, attempt=1)
        .execution_options(synchronize_session=False)
    )
    for first in session.scalars(select(Batch.first_sequence).where(Batch.dispatch_id == dispatch.id)).all():
        close_batch(session, dispatch.id, first, then, give_back=True)
    finish_dispatch(session, dispatch.id, then + timedelta(minutes=1))
