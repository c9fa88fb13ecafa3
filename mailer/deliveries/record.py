"""Writing results back: in bulk, only while the claim is still ours, with the sums that progress is read from.

1. The batch row is written first, on the condition that `attempt` is the claimer's: 0 rows means that the lease was
   lost, and nothing else is written.
2. The deliveries are written by runs of neighbours with equal results, so that a batch costs a handful of statements.
3. The sums are counted anew from the rows: progress can never disagree with the truth.
4. Only a dispatch without open deliveries becomes finished, and only then are dead addresses suppressed: when a relay
   refuses everybody the dispatch is held first, and nobody is suppressed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from mailer.deliveries.claim import LEASE_SECONDS, Claim
from mailer.deliveries.finishing import finish_dispatch, skip_rest_when_cancelled
from mailer.deliveries.holding import hold_when_sick
from mailer.deliveries.models import Batch, Delivery
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result, close_batch, write_results

# Results that may be signs of something wrong with all deliveries.
SICK = frozenset({State.FAILED, State.HELD})


def record_results(session: Session, claim: Claim, results: Sequence[Result], *, now: datetime, done: bool) -> bool:
    """Write results and renew the lease, or give the batch back when `done`; False when the lease was lost."""
    if not _still_ours(session, claim, now):
        return False
    write_results(session, claim.dispatch_id, results, now)
    close_batch(session, claim.dispatch_id, claim.first_sequence, now, give_back=done)
    if any(one.state in SICK for one in results):
        hold_when_sick(session, claim, results, now)
    if done:
        skip_rest_when_cancelled(session, claim.dispatch_id, claim.first_sequence, now)
        finish_dispatch(session, claim.dispatch_id, now)
    return True


def record_late_result(session: Session, dispatch_id: int, result: Result, *, now: datetime) -> None:
    """Write what became of a mail that was deferred while its answer was waited for; nothing if it was tried since."""
    is_it = (Batch.dispatch_id == dispatch_id, Batch.first_sequence <= result.sequence)
    batch = session.scalars(
        select(Batch).where(*is_it, Batch.last_sequence >= result.sequence).with_for_update()
    ).one_or_none()
    if batch is None:
        return
    written = session.execute(
        update(Delivery)
        .where(
            Delivery.dispatch_id == dispatch_id,
            Delivery.sequence == result.sequence,
            Delivery.state == State.DEFERRED,
            Delivery.attempt == result.attempt,
        )
        .values(state=result.state, reason=result.reason, code=result.code, due_at=None, may_be_doubled=False)
        .returning(Delivery.sequence)
        .execution_options(synchronize_session=False)
    ).first()
    if written:
        close_batch(session, dispatch_id, batch.first_sequence, now, give_back=batch.lease_until is None)
        finish_dispatch(session, dispatch_id, now)


def _still_ours(session: Session, claim: Claim, now: datetime) -> bool:
    values = {
        "id": claim.dispatch_id,
        "first": claim.first_sequence,
        "number": claim.attempt,
        "by": claim.worker,
        "until": now + timedelta(seconds=LEASE_SECONDS),
    }
    return session.connection().execute(_renew(), values).first() is not None


@lru_cache(maxsize=1)
def _renew() -> ReturningUpdate[int]:
    return (
        update(Batch)
        .where(
            Batch.dispatch_id == bindparam("id"),
            Batch.first_sequence == bindparam("first"),
            Batch.attempt == bindparam("number"),
            Batch.worker == bindparam("by"),
        )
        .values(lease_until=bindparam("until"))
        .returning(Batch.first_sequence)
        .execution_options(synchronize_session=False)
    )
