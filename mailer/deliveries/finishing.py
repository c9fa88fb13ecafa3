"""Ending a dispatch: once nothing is open, and what was still open when it was cancelled.

Only then are addresses suppressed that do not exist: when a relay refuses everybody the dispatch is held first, and
nobody is suppressed.
"""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from mailer.deliveries.models import CANCELLED, FINISHED, HELD, SENDING, Batch, Delivery, Dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import close_batch, move_deliveries
from mailer.subscribers.models import Subscriber
from mailer.subscribers.suppression import suppress

NO_SUCH_ADDRESS = "no_such_address"


def skip_rest_when_cancelled(session: Session, dispatch_id: int, first: int, now: datetime) -> None:
    """End the open rows of a batch whose dispatch was cancelled while somebody had claimed it."""
    last = session.scalar(_find_cancelled(), {"id": dispatch_id, "first": first})
    if last and move_deliveries(session, dispatch_id, (first, last), State.SKIPPED, "cancelled"):
        close_batch(session, dispatch_id, first, now, give_back=True)


def end_cancelled(session: Session, now: datetime) -> None:
    """End what a worker gave back while its dispatch was being cancelled, before it could know."""
    left = (
        select(Batch.dispatch_id, Batch.first_sequence)
        .join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(Dispatch.state == CANCELLED, Batch.due_at.is_not(None), Batch.lease_until.is_(None))
    )
    for dispatch_id, first in session.execute(left).all():
        skip_rest_when_cancelled(session, dispatch_id, first, now)


def finish_dispatch(session: Session, dispatch_id: int, now: datetime) -> None:
    """Finish a dispatch without open deliveries, once; suppress the addresses that do not exist.

    With deliveries that need a person it is held instead, so that they can be released.
    """
    if session.connection().execute(_find_unclaimed(), {"id": dispatch_id}).first():
        return  # whoever claims and closes it will come here again
    # Two workers that close the last two batches at once would each see the other's as open: the row makes them queue.
    # FOR NO KEY UPDATE, since the foreign keys of what was written before hold the row FOR KEY SHARE in both.
    session.execute(select(Dispatch.id).where(Dispatch.id == dispatch_id).with_for_update(key_share=True))
    still_open = select(Batch).where(
        Batch.dispatch_id == dispatch_id, Batch.due_at.is_not(None) | Batch.lease_until.is_not(None)
    )
    finished = session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id, Dispatch.state == SENDING, ~still_open.exists())
        .values(state=FINISHED, finished_at=now)
        .returning(Dispatch.workspace_id)
        .execution_options(synchronize_session=False)
    ).first()
    if finished is None:
        return
    parked = session.scalar(select(func.sum(Batch.held)).where(Batch.dispatch_id == dispatch_id))
    if parked:
        session.execute(
            update(Dispatch)
            .where(Dispatch.id == dispatch_id)
            .values(state=HELD, finished_at=None, hold_reason="cannot_be_made", hold_detail=str(parked))
            .execution_options(synchronize_session=False)
        )
        return
    dead = (
        select(Subscriber.address_hash)
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(
            Delivery.dispatch_id == dispatch_id,
            Delivery.state == State.FAILED,
            Delivery.reason == NO_SUCH_ADDRESS,
        )
    )
    for address_hash in session.scalars(dead).all():
        suppress(session, finished[0], address_hash, "bounced", now=now)


@lru_cache(maxsize=1)
def _find_cancelled() -> Select[int]:
    return (
        select(Batch.last_sequence)
        .join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(
            Batch.dispatch_id == bindparam("id"),
            Batch.first_sequence == bindparam("first"),
            Dispatch.state == CANCELLED,
        )
    )


@lru_cache(maxsize=1)
def _find_unclaimed() -> Select[int]:
    """Look from the end, where the batches are that nobody has come to yet."""
    return (
        select(Batch.first_sequence)
        .where(Batch.dispatch_id == bindparam("id"), Batch.due_at.is_not(None), Batch.lease_until.is_(None))
        .order_by(Batch.first_sequence.desc())
        .limit(1)
    )
