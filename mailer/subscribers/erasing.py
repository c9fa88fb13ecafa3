"""Erasing a subscriber: all that tells of the person goes. A keyed hash stays, so that nobody is mailed again."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from mailer.notices.models import Notice
from mailer.subscribers.models import AddressChange, Consent, JoinRequest, Subscriber, Subscription
from mailer.subscribers.suppression import ERASED, suppress


def erase_subscriber(session: Session, subscriber: Subscriber, *, now: datetime) -> None:
    """Erase a person who asked for it; deliveries keep a bare number, which leads to nobody.

    Whoever calls this calls `polls.forgetting.erase_votes` first, which stands above us.
    """
    address_hash, workspace_id = subscriber.address_hash, subscriber.workspace_id
    suppress(session, workspace_id, address_hash, ERASED, now)
    session.execute(
        delete(JoinRequest).where(JoinRequest.workspace_id == workspace_id, JoinRequest.address_hash == address_hash)
    )
    session.execute(
        update(Notice)
        .where(Notice.workspace_id == workspace_id, Notice.address_hash == address_hash)
        .values(address="", values={}, address_hash=None, state="failed", reason="erased", ended_at=now)
    )
    remove_subscriber(session, subscriber)


def remove_subscriber(session: Session, subscriber: Subscriber) -> None:
    """Delete the row and all that hangs on it; links of theirs are dead, since the number is never given again."""
    for table in (AddressChange, Consent, Subscription):
        session.execute(delete(table).where(table.subscriber_id == subscriber.id))
    session.delete(subscriber)
    session.flush()
