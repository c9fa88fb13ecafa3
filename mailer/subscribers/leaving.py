"""Leaving lists. It always works, needs no reason, and doing it twice is the same as doing it once."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from mailer.subscribers.consent import record_withdrawn
from mailer.subscribers.models import ENDED, Subscriber, Subscription

LEFT = "left"


def leave_lists(
    session: Session, subscriber: Subscriber, list_ids: Collection[int], *, now: datetime, source: str
) -> list[int]:
    """End the subscriptions to these lists because the subscriber said so; return the ids of those that changed.

    The row that is still open decides: of a hundred requests at once, one changes it and writes the consent record.
    """
    ended = end_subscriptions(session, subscriber, list_ids, reason=LEFT, now=now)
    record_withdrawn(session, subscriber, ended, now=now, source=source)
    return ended


def end_subscriptions(
    session: Session, subscriber: Subscriber, list_ids: Collection[int] | None, *, reason: str, now: datetime
) -> list[int]:
    """End open subscriptions, to all lists when `list_ids` is None; return the ids of the lists, ascending."""
    open_ones = (Subscription.subscriber_id == subscriber.id) & (Subscription.state != ENDED)
    if list_ids is not None:
        open_ones &= Subscription.list_id.in_(list_ids)
    ended = session.scalars(
        update(Subscription)
        .where(open_ones)
        .values(state=ENDED, ended_at=now, ended_reason=reason, paused_until=None)
        .returning(Subscription.list_id)
    )
    return sorted(ended)
