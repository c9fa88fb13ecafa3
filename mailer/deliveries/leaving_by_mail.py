"""Leaving by a mail to the `mailto:` address of List-Unsubscribe (RFC 2369 §3.2, RFC 8058 §1).

The tag in the address is the authority, whoever the sender is: it stands in one person's mail only. Without a tag that
is ours nobody is believed, since anybody can write any sender; the mailbox itself is asked (case C7).
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.reader_links import leave_by_link, open_leave_tag
from mailer.errors import NotFoundError
from mailer.mime.address import parse_address
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.subscribers.managing import find_newsletter_of
from mailer.subscribers.models import ENDED, Subscriber, Subscription
from mailer.tokens import hash_address

SOURCE = "mail"
_DAY = timedelta(days=1)


def leave_by_tag(session: Session, tag: str, *, now: datetime) -> bool:
    """End the subscriptions that a tag stands for; False when it is not ours, or its reader is gone.

    A second mail changes nothing and is True, too.
    """
    try:
        link = open_leave_tag(session, tag)
    except NotFoundError:
        return False
    leave_by_link(session, link, now=now, source=SOURCE)
    return True


def ask_whether_to_leave(session: Session, address: str, *, now: datetime) -> int:
    """Mail those who subscribe with an address how they leave, once a day at the most; return how many mails that is.

    Nothing is changed. An address that is none, or that nobody subscribes with, gets nothing.
    """
    try:
        key = parse_address(address).key
    except ValueError:
        return 0
    asked = 0
    for subscriber in session.scalars(select(Subscriber).where(Subscriber.address_key == key)):
        newsletter = find_newsletter_of(session, subscriber) if _gets_something(session, subscriber) else None
        of_mailbox = subscriber.workspace_id, hash_address(key), ("ask_leave",)
        if newsletter is None or count_notices(session, *of_mailbox, since=now - _DAY):
            continue
        lang = subscriber.language or newsletter.language
        values = {"newsletter_slug": newsletter.slug}
        ask_for_notice(session, newsletter, "ask_leave", subscriber.address, lang, values, now=now)
        asked += 1
    return asked


def _gets_something(session: Session, subscriber: Subscriber) -> bool:
    open_place = select(Subscription.list_id).where(
        Subscription.subscriber_id == subscriber.id, Subscription.state != ENDED
    )
    return session.scalar(open_place.limit(1)) is not None
