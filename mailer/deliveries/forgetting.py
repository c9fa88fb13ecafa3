"""Forgetting who got what: after its time a delivery tells that a mail went out, and no longer to whom."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailer.deliveries.models import Delivery, Dispatch

NOBODY = 0
AT_ONCE = 1000  # rows in one transaction: others want to write, too


def forget_readers(session: Session, before: datetime) -> int:
    """Take the reader's number out of some deliveries of dispatches that ended before a moment; return how many.

    `forgotten_count` says how far a dispatch has come, so that no row is looked at twice.
    """
    dispatch = session.scalar(
        select(Dispatch)
        .where(Dispatch.finished_at < before, Dispatch.forgotten_count < Dispatch.planned_count)
        .order_by(Dispatch.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if dispatch is None:
        return 0
    first, last = dispatch.forgotten_count, min(dispatch.forgotten_count + AT_ONCE, dispatch.planned_count)
    session.execute(
        update(Delivery)
        .where(Delivery.dispatch_id == dispatch.id, Delivery.sequence > first, Delivery.sequence <= last)
        .values(subscriber_id=NOBODY)
    )
    dispatch.forgotten_count = last
    return last - first
