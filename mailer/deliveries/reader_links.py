"""The personal links of a mail: what they say, and what opening one may do.

A link names a subscriber, a dispatch and the subscriber's link generation, and serves one purpose. Leaving by it
leaves the lists through which that issue came, and no others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Delivery, Dispatch, DispatchList
from mailer.errors import NotFoundError
from mailer.issues.models import Issue
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import ENDED, Subscriber, Subscription
from mailer.tokens import read_signed, read_tag

LinkPurpose = Literal["leave", "manage", "answer"]


@dataclass(frozen=True)
class ReaderLink:
    """A reader's link that holds: who, from which issue, and the lists through which it came."""

    subscriber: Subscriber
    dispatch: Dispatch
    issue: Issue
    newsletter: Newsletter
    lists: list[MailingList]
    subscriptions: list[Subscription]

    @property
    def has_left(self) -> bool:
        return all(subscription.state == ENDED for subscription in self.subscriptions)


def open_reader_link(session: Session, purpose: LinkPurpose, token: str) -> ReaderLink:
    """Return what a token stands for; NotFoundError, always the same, for any token that is not alive."""
    return _open(session, *read_signed(purpose, token, 3))


def open_leave_tag(session: Session, tag: str) -> ReaderLink:
    """Return what the tag of a `mailto:` link stands for, as `open_reader_link` does for the link with it."""
    return _open(session, *read_tag("leave", tag, 3))


def _open(session: Session, subscriber_id: int, dispatch_id: int, generation: int) -> ReaderLink:
    row = session.execute(
        select(Subscriber, Dispatch, Issue, Newsletter)
        .join(Dispatch, Dispatch.workspace_id == Subscriber.workspace_id)
        .join(Issue, Issue.id == Dispatch.issue_id)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(
            Subscriber.id == subscriber_id,
            Subscriber.link_generation == generation,
            Dispatch.id == dispatch_id,
        )
    ).first()
    if row is None:
        raise NotFoundError("unknown link")
    places = session.execute(
        select(MailingList, Subscription)
        .join(Subscription, Subscription.list_id == MailingList.id)
        .where(
            MailingList.id.in_(_lists_of_mail(session, dispatch_id, subscriber_id)),
            Subscription.subscriber_id == subscriber_id,
        )
        .order_by(MailingList.name)
    ).all()
    return ReaderLink(row[0], row[1], row[2], row[3], [place[0] for place in places], [place[1] for place in places])


def _lists_of_mail(session: Session, dispatch_id: int, subscriber_id: int) -> list[int]:
    """Return the lists through which the mail came; all of the dispatch when its row has been weeded out."""
    via = session.scalar(
        select(Delivery.via).where(Delivery.dispatch_id == dispatch_id, Delivery.subscriber_id == subscriber_id)
    )
    if via:
        return [int(part) for part in via.split(",")]
    return list(session.scalars(select(DispatchList.list_id).where(DispatchList.dispatch_id == dispatch_id)))


def leave_by_link(session: Session, link: ReaderLink, *, now: datetime, source: str) -> list[int]:
    """End the subscriptions a link stands for; return the ids of the lists that ended now."""
    return leave_lists(session, link.subscriber, [one.id for one in link.lists], now=now, source=source)
