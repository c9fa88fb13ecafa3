"""Reading links: how readers open the archive of a newsletter that is for its readers alone (case B4).

A link names a subscriber and a newsletter. Whoever is handed it may read, and nothing else; it dies when the reader
leaves, is erased or changes address.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.models import Dispatch, DispatchList
from mailer.errors import NotFoundError
from mailer.issues.models import Issue
from mailer.newsletters.models import MEMBERS, Newsletter, NewsletterList
from mailer.subscribers.models import ACTIVE, PAUSED, Subscriber, Subscription
from mailer.tokens import read_signed, sign


def sign_reading(subscriber: Subscriber, newsletter: Newsletter) -> str:
    """Return the token of a subscriber's reading link, the same each time."""
    return sign("read", subscriber.id, newsletter.id, subscriber.link_generation)


def open_reading_link(session: Session, token: str) -> Newsletter:
    """Return the newsletter a reader may read; NotFoundError, always the same, for a token that is not alive."""
    subscriber_id, newsletter_id, generation = read_signed("read", token, 3)
    newsletter = session.scalar(
        select(Newsletter)
        .join(Subscriber, Subscriber.workspace_id == Newsletter.workspace_id)
        .where(
            Newsletter.id == newsletter_id,
            Subscriber.id == subscriber_id,
            Subscriber.link_generation == generation,
        )
    )
    if newsletter is None or not _is_reader(session, subscriber_id, newsletter_id):
        raise NotFoundError("unknown link")
    return newsletter


def list_for_readers(session: Session, subscriber: Subscriber) -> list[Newsletter]:
    """Return the newsletters whose archive a subscriber may open, and strangers may not."""
    wanted = select(Newsletter).where(
        Newsletter.workspace_id == subscriber.workspace_id, Newsletter.archive_access == MEMBERS
    )
    found = session.scalars(wanted.order_by(Newsletter.name))
    return [one for one in found if _is_reader(session, subscriber.id, one.id)]


def _is_reader(session: Session, subscriber_id: int, newsletter_id: int) -> bool:
    """Tell whether somebody is on a list that the newsletter goes to, or has gone to."""
    usual = select(NewsletterList.list_id).where(NewsletterList.newsletter_id == newsletter_id)
    used = (
        select(DispatchList.list_id)
        .join(Dispatch, Dispatch.id == DispatchList.dispatch_id)
        .join(Issue, Issue.id == Dispatch.issue_id)
        .where(Issue.newsletter_id == newsletter_id)
    )
    place = select(Subscription.list_id).where(
        Subscription.subscriber_id == subscriber_id,
        Subscription.state.in_((ACTIVE, PAUSED)),
        Subscription.list_id.in_(usual.union(used)),
    )
    return session.scalar(place.limit(1)) is not None
