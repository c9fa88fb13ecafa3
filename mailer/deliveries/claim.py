"""Claiming work: a batch is taken by one worker at a time, under a lease.

1. A batch may be claimed when it is due and unclaimed, its dispatch is sending, and nobody claimed it in between:
   one UPDATE … RETURNING decides (PostgreSQL: FOR UPDATE SKIP LOCKED inside it).
2. The claim raises `attempt`. Every later write of the claimer is conditional on that number, so a worker that comes
   late cannot overwrite what another one did since.
3. The lease is renewed with every checkpoint. A batch whose lease has run out, or whose worker is known to be dead, is
   given back by `deliveries.recover`, never by anybody else.
4. Who left, paused or was suppressed since the start is skipped here, and asked for again just before MAIL FROM.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from mailer.db import fetch_at_once
from mailer.deliveries.models import SENDING, Batch, Delivery, Dispatch
from mailer.deliveries.reasons import may_be_mailed, skip_reasons
from mailer.deliveries.states import State
from mailer.subscribers.models import Subscriber

LEASE_SECONDS = 60


class Reader(NamedTuple):
    """One delivery to make: everything the engine needs to know of a reader, and no more."""

    sequence: int
    subscriber_id: int
    address: str
    name: str
    organisation: str
    link_generation: int
    via: str
    attempt: int


@dataclass(frozen=True)
class Skip:
    """One delivery that must not be made any more, and why."""

    sequence: int
    reason: str


@dataclass(frozen=True)
class Claim:
    """A batch that is ours until `attempt` changes: whom to mail and whom to skip."""

    dispatch_id: int
    first_sequence: int
    last_sequence: int
    attempt: int
    worker: str
    claimed_at: datetime
    readers: tuple[Reader, ...]
    skips: tuple[Skip, ...]


def claim_batch(session: Session, dispatch_id: int, worker: str, now: datetime) -> Claim | None:
    """Take the next due batch of a dispatch for `worker`; None when there is nothing to take now."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    row = session.execute(_take_one(), {"id": dispatch_id, "now": now, "by": worker, "until": until}).first()
    if row is None:
        return None
    readers, skips = _split(session, dispatch_id, row[0], row[1], now)
    return Claim(dispatch_id, row[0], row[1], row[2], worker, now, readers, skips)


def list_due_dispatches(session: Session, now: datetime) -> list[int]:
    """Return the ids of dispatches that have a batch to claim now."""
    wanted = (
        select(Batch.dispatch_id)
        .join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(_has_work(now), Batch.lease_until.is_(None), Dispatch.state == SENDING)
        .distinct()
    )
    return list(session.scalars(wanted))


def _has_work(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell of a batch whether it has something to do.

    Planned deliveries always are due: by a clock that is behind, or was set back, the moment of planning is to come.
    """
    return and_(Batch.due_at.is_not(None), or_(Batch.due_at <= now, Batch.planned > 0))


def _split(
    session: Session, dispatch_id: int, first: int, last: int, now: datetime
) -> tuple[tuple[Reader, ...], tuple[Skip, ...]]:
    """Return the open deliveries of a range as readers and skips. The rare skips are asked for their reasons."""
    which = {"id": dispatch_id, "first": first, "last": last, "now": now}
    rows = sorted(fetch_at_once(session, _open_rows(), which), key=itemgetter(0))
    readers = tuple(Reader._make(row[:-1]) for row in rows if row[-1])
    others = [row for row in rows if not row[-1]]
    reasons = skip_reasons(session, dispatch_id, [row[1] for row in others], now)
    return readers, tuple(Skip(row[0], reasons[row[1]]) for row in others)


# Statements of the hot path are built once: building them costs as much as running them.


@lru_cache(maxsize=1)
def _take_one() -> ReturningUpdate[int, int, int]:
    candidate = (
        select(Batch.first_sequence)
        .join(Dispatch, Dispatch.id == Batch.dispatch_id)
        .where(
            Batch.dispatch_id == bindparam("id"),
            _has_work(bindparam("now")),
            Batch.lease_until.is_(None),
            Dispatch.state == SENDING,
        )
        .order_by(Batch.due_at, Batch.first_sequence)
        .limit(1)
        .with_for_update(skip_locked=True, of=Batch)
        .scalar_subquery()
    )
    return (
        update(Batch)
        .where(Batch.dispatch_id == bindparam("id"), Batch.first_sequence == candidate, Batch.lease_until.is_(None))
        .values(attempt=Batch.attempt + 1, worker=bindparam("by"), lease_until=bindparam("until"))
        .returning(Batch.first_sequence, Batch.last_sequence, Batch.attempt)
        .execution_options(synchronize_session=False)
    )


@lru_cache(maxsize=1)
def _open_rows() -> Select[int, int, str, str, str, int, str, int, bool]:
    is_due = and_(Delivery.state == State.DEFERRED, Delivery.due_at <= bindparam("now"))
    return (
        select(
            Delivery.sequence,
            Delivery.subscriber_id,
            Subscriber.address,
            Subscriber.name,
            Subscriber.organisation,
            Subscriber.link_generation,
            Delivery.via,
            Delivery.attempt,
            may_be_mailed(bindparam("id"), bindparam("now")),
        )
        .outerjoin(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.dispatch_id == bindparam("id"),
            Delivery.sequence.between(bindparam("first"), bindparam("last")),
            or_(Delivery.state == State.PLANNED, is_due),
        )
    )
