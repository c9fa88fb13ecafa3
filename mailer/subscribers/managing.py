"""What subscribers change themselves on My subscription, which a fresh link to their mailbox opens."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.lists.models import MailingList
from mailer.newsletters.models import Newsletter, NewsletterList
from mailer.subscribers.joining import join_lists
from mailer.subscribers.leaving import leave_lists
from mailer.subscribers.models import ACTIVE, ENDED, PAUSED, Subscriber, Subscription
from mailer.tokens import is_older, read_signed

LINK_LIFE = timedelta(hours=24)
LONGEST_NAME, LONGEST_ORGANISATION = 80, 120
LONGEST_PAUSE = timedelta(days=366)
PAGE = "my subscription"


class LinkTooOldError(NotFoundError):
    """The link was right once; a new one can be asked for. `subscriber` is whose it was."""

    def __init__(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        super().__init__("the link is too old")


def open_own_link(session: Session, token: str, now: datetime) -> Subscriber:
    """Return whose a fresh link is; NotFoundError when it is not alive, LinkTooOldError after a day."""
    subscriber_id, generation, minutes = read_signed("own", token, 3)
    subscriber = session.scalar(
        select(Subscriber).where(Subscriber.id == subscriber_id, Subscriber.link_generation == generation)
    )
    if subscriber is None:
        raise NotFoundError("unknown link")
    if is_older(minutes, LINK_LIFE, now):
        raise LinkTooOldError(subscriber)
    return subscriber


def find_newsletter_of(session: Session, subscriber: Subscriber) -> Newsletter | None:
    """Return the newsletter in whose name somebody is written to: one that they get, else the workspace's first."""
    gets = (
        select(NewsletterList.newsletter_id)
        .join(Subscription, Subscription.list_id == NewsletterList.list_id)
        .where(Subscription.subscriber_id == subscriber.id, Subscription.state != ENDED)
    )
    wanted = select(Newsletter).where(Newsletter.workspace_id == subscriber.workspace_id)
    return session.scalar(wanted.order_by(Newsletter.id.not_in(gets), Newsletter.id).limit(1))


def list_places(session: Session, subscriber: Subscriber) -> list[tuple[MailingList, Subscription | None]]:
    """Return the lists a subscriber is or was on, and those of the workspace that everybody may join."""
    rows = session.execute(
        select(MailingList, Subscription)
        .outerjoin(
            Subscription,
            (Subscription.list_id == MailingList.id) & (Subscription.subscriber_id == subscriber.id),
        )
        .where(MailingList.workspace_id == subscriber.workspace_id)
        .order_by(MailingList.name)
    )
    return [(row[0], row[1]) for row in rows if row[0].access == "open" or (row[1] and row[1].state != ENDED)]


def choose_lists(
    session: Session, subscriber: Subscriber, wanted: Collection[int], *, now: datetime, text_version: str = ""
) -> tuple[list[int], list[int]]:
    """Join the lists in `wanted` and leave the others that are shown; return the ids joined and left."""
    places = list_places(session, subscriber)
    shown = {one.id for one, _ in places}
    present = {one.id for one, place in places if place and place.state in {ACTIVE, PAUSED}}
    new = sorted((set(wanted) & shown) - present)
    joined = join_lists(session, subscriber, new, now=now, source=PAGE, text_version=text_version) if new else []
    gone = sorted(present - set(wanted))
    return joined, leave_lists(session, subscriber, gone, now=now, source=PAGE)


def pause_all(session: Session, subscriber: Subscriber, until: datetime) -> int:
    """Send nothing before `until` on any list; return on how many lists that is."""
    paused = session.scalars(
        update(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, Subscription.state.in_((ACTIVE, PAUSED)))
        .values(state=PAUSED, paused_until=until)
        .returning(Subscription.list_id)
    )
    return len(paused.all())


def resume_all(session: Session, subscriber: Subscriber) -> int:
    resumed = session.scalars(
        update(Subscription)
        .where(Subscription.subscriber_id == subscriber.id, Subscription.state == PAUSED)
        .values(state=ACTIVE, paused_until=None)
        .returning(Subscription.list_id)
    )
    return len(resumed.all())


def end_pauses(session: Session, now: datetime, *, most: int = 1000) -> int:
    """Make active what was paused until a moment that is over; sending does not wait for this. Return how many."""
    over = select(Subscription.list_id, Subscription.subscriber_id).where(
        Subscription.state == PAUSED, Subscription.paused_until <= now
    )
    rows = session.execute(over.limit(most)).all()
    for list_id, subscriber_id in rows:
        place = session.get_one(Subscription, (list_id, subscriber_id))
        place.state, place.paused_until = ACTIVE, None
    return len(rows)
