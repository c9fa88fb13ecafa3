"""Asking for a link to My subscription. The page answers everybody the same; a worker looks up who it is."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.jobs import notices_later
from mailer.mime.address import parse_address
from mailer.newsletters.models import Newsletter
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.subscribers.managing import find_newsletter_of
from mailer.subscribers.models import LinkRequest, Subscriber
from mailer.tokens import hash_address

_KINDS = ("manage_link",)


def ask_for_link(
    session: Session, newsletter: Newsletter | None, address: str, language: str, *, now: datetime
) -> None:
    """Take the wish in and wake a worker; ValueError when the address is none."""
    parsed = parse_address(address)
    session.add(
        LinkRequest(
            newsletter_id=newsletter.id if newsletter else None,
            address=parsed.address,
            language=language,
            asked_at=now,
        )
    )
    notices_later(session)


def has_link_requests(session: Session) -> bool:
    return session.scalar(select(LinkRequest.id).limit(1)) is not None


def look_at_link_requests(session: Session, now: datetime, *, most: int = 50) -> int:
    """Mail a link to each address that somebody subscribes with, and forget who asked; return how many asked."""
    requests = list(
        session.scalars(select(LinkRequest).order_by(LinkRequest.id).limit(most).with_for_update(skip_locked=True))
    )
    for request in requests:
        key = parse_address(request.address).key
        wanted = select(Subscriber).where(Subscriber.address_key == key)
        for subscriber in session.scalars(wanted):
            newsletter = _newsletter_for(session, subscriber, request.newsletter_id)
            if newsletter is not None:
                send_own_link(session, subscriber, newsletter, request.language, now=now)
        session.delete(request)
    session.flush()
    return len(requests)


def send_own_link(
    session: Session, subscriber: Subscriber, newsletter: Newsletter, language: str, *, now: datetime
) -> None:
    """Mail a fresh link to the subscriber's own mailbox: one in a quarter of an hour, and three a day."""
    of_mailbox = subscriber.workspace_id, hash_address(subscriber.address_key), _KINDS
    if (
        count_notices(session, *of_mailbox, since=now - timedelta(minutes=15)) >= 1
        or count_notices(session, *of_mailbox, since=now - timedelta(days=1)) >= 3
    ):
        return
    values = {"subscriber": subscriber.id, "generation": subscriber.link_generation}
    ask_for_notice(session, newsletter, "manage_link", subscriber.address, language, values, now=now)


def _newsletter_for(session: Session, subscriber: Subscriber, newsletter_id: int | None) -> Newsletter | None:
    """Return the newsletter in whose name the mail goes out: the one asked for, else one that they get."""
    if newsletter_id is None:
        return find_newsletter_of(session, subscriber)
    mine = select(Newsletter).where(Newsletter.workspace_id == subscriber.workspace_id)
    return session.scalar(mine.where(Newsletter.id == newsletter_id))
