"""Writing results back: in bulk, only while the claim is still ours, with the sums that progress is read from.

1. The batch row is written first, on the condition that `attempt` is the claimer's: 0 rows means that the lease was
   lost, and nothing else is written.
2. The deliveries are written by groups with equal results, so that a batch costs a handful of statements.
3. The sums are counted anew from the rows: progress can never disagree with the truth.
4. Only a dispatch without open deliveries becomes finished, and only then are dead addresses suppressed: when a relay
   refuses everybody the dispatch is held first, and nobody is suppressed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mailer.deliveries.claim import LEASE_SECONDS, Claim
from mailer.deliveries.models import CANCELLED, FINISHED, HELD, SENDING, Batch, Delivery, DeliveryNote, Dispatch
from mailer.deliveries.states import State, sources_for_anybody, sources_for_claimer
from mailer.deliveries.tally import count_reasons
from mailer.subscribers.models import Subscriber
from mailer.subscribers.suppression import suppress

NO_SUCH_ADDRESS = "no_such_address"
NOTE_CHARACTERS = 500
# A tenth of a newsletter's first 200 readers may be dead addresses; five per cent of more than that is a sick relay.
_HOLD_SHARE, _HOLD_AT_LEAST = 0.05, 20
_PARKED_SHARE, _PARKED_AT_MOST = 0.005, 20


@dataclass(frozen=True)
class Result:
    """What became of one delivery. `reason` is a code; `note` the relay's words, bounded when they are stored."""

    sequence: int
    state: State
    reason: str = ""
    code: int = 0
    note: str = ""
    due_at: datetime | None = None
    attempt: int = 0
    may_be_doubled: bool = False


def record_results(session: Session, claim: Claim, results: Sequence[Result], *, now: datetime, done: bool) -> bool:
    """Write results and renew the lease, or give the batch back when `done`; False when the lease was lost."""
    if not _still_ours(session, claim, now):
        return False
    write_results(session, claim.dispatch_id, results, now)
    close_batch(session, claim.dispatch_id, claim.first_sequence, now, give_back=done)
    _hold_when_sick(session, claim.dispatch_id)
    if done:
        skip_rest_when_cancelled(session, claim.dispatch_id, claim.first_sequence, now)
        finish_dispatch(session, claim.dispatch_id, now)
    return True


def write_results(session: Session, dispatch_id: int, results: Sequence[Result], now: datetime) -> None:
    """Write delivery rows by groups of equal results, and the notes that relays left."""
    groups: dict[tuple[State, str, int, datetime | None, int, bool], list[int]] = defaultdict(list)
    for one in results:
        key = (one.state, one.reason, one.code, one.due_at, one.attempt, one.may_be_doubled)
        groups[key].append(one.sequence)
    for (state, reason, code, due_at, attempt, doubled), sequences in groups.items():
        values = {"state": state, "reason": reason, "code": code, "due_at": due_at, "attempt": attempt}
        session.execute(
            update(Delivery)
            .where(
                Delivery.dispatch_id == dispatch_id,
                Delivery.sequence.in_(sequences),
                Delivery.state.in_(sources_for_claimer(state)),
            )
            .values(**values, may_be_doubled=Delivery.may_be_doubled | doubled if doubled else Delivery.may_be_doubled)
            .execution_options(synchronize_session=False)
        )
    session.add_all(
        DeliveryNote(dispatch_id=dispatch_id, sequence=one.sequence, at=now, text=one.note[:NOTE_CHARACTERS])
        for one in results
        if one.note
    )


def close_batch(session: Session, dispatch_id: int, first: int, now: datetime, *, give_back: bool) -> None:
    """Count the batch anew; with `give_back` end its lease and set when it is due again (None: all have ended)."""
    batch = session.get_one(Batch, (dispatch_id, first), populate_existing=True)
    had_reasons = batch.has_reasons
    counts = dict.fromkeys(State, 0)
    rows = session.execute(
        select(Delivery.state, func.count(), func.min(Delivery.due_at))
        .where(Delivery.dispatch_id == dispatch_id, Delivery.sequence.between(first, batch.last_sequence))
        .group_by(Delivery.state)
    ).all()
    counts.update({State(row[0]): row[1] for row in rows})
    batch.planned, batch.sent, batch.deferred = counts[State.PLANNED], counts[State.SENT], counts[State.DEFERRED]
    batch.failed, batch.skipped, batch.held = counts[State.FAILED], counts[State.SKIPPED], counts[State.HELD]
    if give_back:
        later = next((row[2] for row in rows if row[0] == State.DEFERRED), None)
        batch.due_at = now if batch.planned else later
        batch.lease_until, batch.worker = None, ""
    session.flush()
    if had_reasons or batch.has_reasons:
        count_reasons(session, dispatch_id, first, batch.last_sequence)


def hold_dispatch(session: Session, dispatch_id: int, reason: str, detail: str) -> None:
    """Stop a dispatch until a person has looked; the deliveries stay as they are. `reason` is a code."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id, Dispatch.state == SENDING)
        .values(state=HELD, hold_reason=reason, hold_detail=detail[:NOTE_CHARACTERS])
        .execution_options(synchronize_session=False)
    )


def move_deliveries(session: Session, dispatch_id: int, sequences: tuple[int, int], target: State, reason: str) -> bool:
    """Move all rows of a range that may become `target`; return whether there was one. Nobody may have claimed them."""
    moved = session.execute(
        update(Delivery)
        .where(
            Delivery.dispatch_id == dispatch_id,
            Delivery.sequence.between(*sequences),
            Delivery.state.in_(sources_for_anybody(target)),
        )
        .values(state=target, reason=reason, due_at=None)
        .returning(Delivery.sequence)
        .execution_options(synchronize_session=False)
    ).first()
    return moved is not None


def skip_rest_when_cancelled(session: Session, dispatch_id: int, first: int, now: datetime) -> None:
    """End the open rows of a batch whose dispatch was cancelled while somebody had claimed it."""
    state = session.scalar(select(Dispatch.state).where(Dispatch.id == dispatch_id))
    last = session.scalar(
        select(Batch.last_sequence).where(Batch.dispatch_id == dispatch_id, Batch.first_sequence == first)
    )
    if state == CANCELLED and last and move_deliveries(session, dispatch_id, (first, last), State.SKIPPED, "cancelled"):
        close_batch(session, dispatch_id, first, now, give_back=True)


def finish_dispatch(session: Session, dispatch_id: int, now: datetime) -> None:
    """Finish a dispatch without open deliveries, once; suppress the addresses that do not exist.

    With deliveries that need a person it is held instead, so that they can be released.
    """
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


def _still_ours(session: Session, claim: Claim, now: datetime) -> bool:
    written = session.execute(
        update(Batch)
        .where(
            Batch.dispatch_id == claim.dispatch_id,
            Batch.first_sequence == claim.first_sequence,
            Batch.attempt == claim.attempt,
            Batch.worker == claim.worker,
        )
        .values(lease_until=now + timedelta(seconds=LEASE_SECONDS))
        .returning(Batch.first_sequence)
        .execution_options(synchronize_session=False)
    ).first()
    return written is not None


def _hold_when_sick(session: Session, dispatch_id: int) -> None:
    """Hold when more than 5 % were refused for good, or more than 0.5 % or 20 mails could not be made.

    Counted from the start or, after a person has looked and gone on, from then.
    """
    sent, failed, held = session.execute(
        select(func.sum(Batch.sent), func.sum(Batch.failed), func.sum(Batch.held)).where(
            Batch.dispatch_id == dispatch_id
        )
    ).one()
    dispatch = session.get_one(Dispatch, dispatch_id, populate_existing=True)
    failed, sent = failed - dispatch.failed_at_resume, sent - dispatch.sent_at_resume
    if failed >= _HOLD_AT_LEAST and failed > _HOLD_SHARE * (sent + failed):
        hold_dispatch(session, dispatch_id, "too_many_refused", f"{failed} / {sent + failed}")
    elif held >= _PARKED_AT_MOST or held > max(1, _PARKED_SHARE * dispatch.planned_count):
        hold_dispatch(session, dispatch_id, "cannot_be_made", str(held))
