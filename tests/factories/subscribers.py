"""Subscribers and subscriptions for tests, with defaults that are the same every time."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.lists.models import MailingList
from mailer.subscribers.joining import add_subscriber
from mailer.subscribers.models import ACTIVE, Subscriber, Subscription
from mailer.workspaces.models import Workspace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def make_subscriber(
    session: Session,
    workspace: Workspace,
    address: str = "alice@example.org",
    *,
    name: str = "Alice Berg",
    organisation: str = "",
    language: str = "",
    now: datetime = NOON,
) -> Subscriber:
    return add_subscriber(
        session, workspace.id, address, name=name, organisation=organisation, language=language, now=now
    )


def make_subscription(
    session: Session,
    subscriber: Subscriber,
    mailing_list: MailingList,
    state: str = ACTIVE,
    *,
    ended_reason: str = "",
    now: datetime = NOON,
) -> Subscription:
    subscription = Subscription(
        list_id=mailing_list.id, subscriber_id=subscriber.id, state=state, started_at=now, ended_reason=ended_reason
    )
    session.add(subscription)
    session.flush()
    return subscription


def make_readers(session: Session, mailing_list: MailingList, count: int, *, now: datetime = NOON) -> list[Subscriber]:
    """Make `count` active subscribers reader1@example.org … of a list."""
    workspace = session.scalars(select(Workspace).where(Workspace.id == mailing_list.workspace_id)).one()
    readers = [
        make_subscriber(session, workspace, f"reader{number}@example.org", name=f"Reader {number}", now=now)
        for number in range(1, count + 1)
    ]
    for reader in readers:
        make_subscription(session, reader, mailing_list, now=now)
    return readers
