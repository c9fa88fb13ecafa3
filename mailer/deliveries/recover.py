"""Taking back what a dead worker held. After a crash only claimed batches are uncertain.

The worker's journal, one octet per delivery, tells how far it came; without a journal (another host, a lost disk) the
last checkpoint in the database counts. Planned stays planned. A mail that was on the wire may have arrived: it is
tried again with the same Message-ID and marked "may be doubled".
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.deliveries.finishing import finish_dispatch, skip_rest_when_cancelled
from mailer.deliveries.models import Batch, Delivery
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result, close_batch, write_results


class Lease(NamedTuple):
    """A claimed batch: enough to find the journal of whoever holds it."""

    dispatch_id: int
    first_sequence: int
    attempt: int
    worker: str


# Returns the journal's marks (sequence → ON_THE_WIRE or SENT), or None while the holder must be left alone.
ReadMarks = Callable[[Lease, bool], Mapping[int, State] | None]


def take_back_abandoned(session: Session, read_marks: ReadMarks, *, now: datetime) -> list[Lease]:
    """Give back every batch whose holder is dead or whose lease has run out; return their leases.

    Their journals are to be removed once the transaction has been committed, not before.
    """
    wanted = select(Batch).where(Batch.lease_until.is_not(None)).with_for_update(skip_locked=True)
    settled = []
    for batch in session.scalars(wanted).all():
        lease = Lease(batch.dispatch_id, batch.first_sequence, batch.attempt, batch.worker)
        has_run_out = batch.lease_until is not None and batch.lease_until <= now
        marks = read_marks(lease, has_run_out)
        if marks is None:
            continue
        _settle(session, batch, marks, now)
        settled.append(lease)
    return settled


def _settle(session: Session, batch: Batch, marks: Mapping[int, State], now: datetime) -> None:
    open_rows = session.execute(
        select(Delivery.sequence, Delivery.attempt).where(
            Delivery.dispatch_id == batch.dispatch_id,
            Delivery.sequence.between(batch.first_sequence, batch.last_sequence),
            Delivery.state.in_([State.PLANNED, State.DEFERRED]),
        )
    ).all()
    results = []
    for sequence, attempt in open_rows:
        mark = marks.get(sequence)
        if mark == State.SENT:
            results.append(Result(sequence, State.SENT, code=250, attempt=attempt + 1))
        elif mark == State.ON_THE_WIRE:
            results.append(Result(sequence, State.PLANNED, attempt=attempt + 1, may_be_doubled=True))
    batch.attempt += 1  # fences off the former holder, should it still be alive
    write_results(session, batch.dispatch_id, results, now)
    close_batch(session, batch.dispatch_id, batch.first_sequence, now, give_back=True)
    skip_rest_when_cancelled(session, batch.dispatch_id, batch.first_sequence, now)
    finish_dispatch(session, batch.dispatch_id, now)
