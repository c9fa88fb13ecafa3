"""Suppressions: addresses that must not be mailed in a workspace, known only by their keyed hash."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.subscribers.consent import record_withdrawn
from mailer.subscribers.leaving import end_subscriptions
from mailer.subscribers.models import Subscriber, Suppression

LEFT, BOUNCED, COMPLAINED, ERASED = "left", "bounced", "complained", "erased"

# What the person said; a bounce says nothing about what was agreed.
_WITHDRAWALS = (LEFT, COMPLAINED, ERASED)


def suppress(session: Session, workspace_id: int, address_hash: bytes, reason: str, now: datetime) -> list[int]:
    """Mail this address no more, and end its subscriptions; return the ids of the lists that changed.

    Idempotent: the first reason stays. Works for an address that nobody subscribed with, too.
    """
    row = {"workspace_id": workspace_id, "address_hash": address_hash, "reason": reason, "at": now}
    session.execute(insert_unless_there(session, Suppression).values(row))
    subscriber = session.scalar(
        select(Subscriber).where(Subscriber.workspace_id == workspace_id, Subscriber.address_hash == address_hash)
    )
    if subscriber is None:
        return []
    ended = end_subscriptions(session, subscriber, None, reason=reason, now=now)
    if reason in _WITHDRAWALS:
        record_withdrawn(session, subscriber, ended, now=now, source=f"suppression: {reason}")
    return ended


def find_suppression(session: Session, workspace_id: int, address_hash: bytes) -> Suppression | None:
    return session.get(Suppression, (workspace_id, address_hash))


def lift_suppression(session: Session, workspace_id: int, address_hash: bytes) -> bool:
    """Allow mail to this address again; it is on no list because of that. Return whether it was suppressed."""
    lifted = session.execute(
        delete(Suppression)
        .where(Suppression.workspace_id == workspace_id, Suppression.address_hash == address_hash)
        .returning(Suppression.reason)
    )
    return lifted.first() is not None
