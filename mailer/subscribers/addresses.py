"""Changing one's address: confirmed at the new mailbox, told at the old one. Older links die with the change."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.mime.address import parse_address
from mailer.newsletters.models import Newsletter
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.subscribers.erasing import remove_subscriber
from mailer.subscribers.joining import join_lists
from mailer.subscribers.models import ACTIVE, AddressChange, Subscriber, Subscription
from mailer.subscribers.queries import find_by_address
from mailer.subscribers.suppression import BOUNCED, COMPLAINED, find_suppression
from mailer.tokens import hash_address, read_signed

CHANGE_LIFE = timedelta(hours=24)
_MOST_MAILS_A_DAY = 3
NOT_POSSIBLE = mark("This address cannot be used. Choose another, or write to us.")


def ask_for_change(
    session: Session, subscriber: Subscriber, newsletter: Newsletter, address: str, language: str, *, now: datetime
) -> None:
    """Mail a question to the new mailbox, if it may be mailed; the page does not tell. ValueError for no address."""
    parsed = parse_address(address)
    address_hash = hash_address(parsed.key)
    since = now - timedelta(days=1)
    if count_notices(session, subscriber.workspace_id, address_hash, ("confirm_address",), since=since) >= (
        _MOST_MAILS_A_DAY
    ):
        return
    session.execute(delete(AddressChange).where(AddressChange.subscriber_id == subscriber.id))
    change = AddressChange(
        subscriber_id=subscriber.id, newsletter_id=newsletter.id, address=parsed.address, asked_at=now
    )
    session.add(change)
    session.flush()
    suppression = find_suppression(session, subscriber.workspace_id, address_hash)
    if suppression is None or suppression.reason not in (BOUNCED, COMPLAINED):
        ask_for_notice(session, newsletter, "confirm_address", parsed.address, language, {"change": change.id}, now=now)


def open_change(session: Session, token: str, now: datetime) -> tuple[AddressChange, Subscriber]:
    """Return what a link to the new mailbox stands for; NotFoundError after a day, or when it has been used."""
    (change_id,) = read_signed("address", token, 1)
    row = session.execute(
        select(AddressChange, Subscriber)
        .join(Subscriber, Subscriber.id == AddressChange.subscriber_id)
        .where(AddressChange.id == change_id, AddressChange.asked_at > now - CHANGE_LIFE)
    ).first()
    if row is None:
        raise NotFoundError("unknown link")
    return row[0], row[1]


def confirm_change(session: Session, change: AddressChange, subscriber: Subscriber, *, now: datetime) -> Subscriber:
    """Move the subscriber to the new mailbox; return the subscriber who has it then.

    When somebody subscribes with it already, that is the same person: their lists are joined and one row remains.
    """
    newsletter = session.get_one(Newsletter, change.newsletter_id)
    parsed, old = parse_address(change.address), subscriber.address
    suppression = find_suppression(session, subscriber.workspace_id, hash_address(parsed.key))
    if suppression is not None and suppression.reason in (BOUNCED, COMPLAINED):
        raise RefusedError(NOT_POSSIBLE)
    language = subscriber.language or newsletter.language
    other = find_by_address(session, subscriber.workspace_id, parsed.address)
    session.delete(change)
    session.flush()
    ask_for_notice(session, newsletter, "address_changed", old, language, {}, now=now)
    if other is not None and other.id != subscriber.id:
        _join_to(session, subscriber, other, now)
        return other
    subscriber.address, subscriber.address_key = parsed.address, parsed.key
    subscriber.address_hash = hash_address(parsed.key)
    subscriber.link_generation += 1
    session.flush()
    return subscriber


def _join_to(session: Session, subscriber: Subscriber, other: Subscriber, now: datetime) -> None:
    places = select(Subscription.list_id).where(
        Subscription.subscriber_id == subscriber.id, Subscription.state == ACTIVE
    )
    join_lists(session, other, list(session.scalars(places)), now=now, source="change of address")
    other.link_generation += 1
    remove_subscriber(session, subscriber)
