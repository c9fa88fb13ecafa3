"""Writing results back: in bulk, only while the claim is still ours, with the sums that progress is read from.

1. The batch row is written first, on the condition that `attempt` is the claimer's: 0 rows means that the lease was
   lost, and nothing else is written.
2. The deliveries are written by runs of neighbours with equal results, so that a batch costs a handful of statements.
3. The sums are counted anew from the rows: progress can never disagree with the truth.
4. Only a dispatch without open deliveries becomes finished, and only then are dead addresses suppressed: when a relay
   refuses everybody the dispatch is held first, and nobody is suppressed.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

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
_HOLD_SHARE_NOW = 0.5  # near the end of a large dispatch five per cent of all are never reached
_WINDOW = timedelta(minutes=10)
_COUNTED = (Batch.sent, Batch.failed)
_SICK = frozenset({State.FAILED, State.HELD})
_WITH_REASON = (State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD)
_SUMMED = (State.PLANNED, State.SENT, State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD)
_WRITTEN = ("reason", "code", "due_at", "attempt")
_PARKED_SHARE, _PARKED_AT_MOST = 0.005, 20


class Result(NamedTuple):
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
    if any(one.state in _SICK for one in results):
        _hold_when_sick(session, claim, results, now)
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


def write_results(session: Session, dispatch_id: int, results: Sequence[Result], now: datetime) -> None:
    """Write delivery rows by runs of equal results, and the notes that relays left."""
    groups: dict[tuple[State, bool], list[Result]] = defaultdict(list)
    for one in results:
        groups[one.state, one.may_be_doubled].append(one)
    for (state, doubled), members in groups.items():
        session.connection().execute(_write_runs(state, doubled), _runs(dispatch_id, members))
    session.add_all(
        DeliveryNote(dispatch_id=dispatch_id, sequence=one.sequence, at=now, text=one.note[:NOTE_CHARACTERS])
        for one in results
        if one.note
    )


def _runs(dispatch_id: int, results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return the results as ranges of neighbouring sequences with the same values."""
    runs: list[list[Any]] = []
    for one in sorted(results, key=itemgetter(0)):
        values = (one.reason, one.code, one.due_at, one.attempt)
        if runs and runs[-1][1] == one.sequence - 1 and runs[-1][2] == values:
            runs[-1][1] = one.sequence
        else:
            runs.append([one.sequence, one.sequence, values])
    names = [f"new_{name}" for name in _WRITTEN]
    return [
        {"id": dispatch_id, "first": first, "last": last, **dict(zip(names, values, strict=True))}
        for first, last, values in runs
    ]


@lru_cache(maxsize=32)
def _write_runs(state: State, doubled: bool) -> Update:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
    return (
        update(Delivery)
        .where(
            Delivery.dispatch_id == bindparam("id"),
            Delivery.sequence.between(bindparam("first"), bindparam("last")),
            or_(
                *[Delivery.state == source for source in sorted(sources_for_claimer(state))]
            ),  # executemany knows no IN
        )
        .values(state=state, **new, **({"may_be_doubled": True} if doubled else {}))
    )


def close_batch(session: Session, dispatch_id: int, first: int, now: datetime, *, give_back: bool) -> None:
    """Count the batch anew; with `give_back` end its lease and set when it is due again (None: all have ended)."""
    which = {"id": dispatch_id, "first": first}
    session.flush()
    last, had_reasons = session.connection().execute(_find_batch(), which).one()
    rows = session.connection().execute(_count_batch(), which | {"last": last}).all()
    counts = {State(row[0]): row[1] for row in rows}
    values: dict[str, Any] = {state.word: counts.get(state, 0) for state in _SUMMED}
    if give_back:
        later = next((row[2] for row in rows if row[0] == State.DEFERRED), None)
        values |= {"due_at": now if counts.get(State.PLANNED) else later, "lease_until": None, "worker": ""}
    session.connection().execute(_sum_up(tuple(values)), which | {f"new_{name}": one for name, one in values.items()})
    if had_reasons or any(counts.get(state) for state in _WITH_REASON):
        count_reasons(session, dispatch_id, first, last)


@lru_cache(maxsize=1)
def _find_batch() -> Select[int, int]:
    return select(Batch.last_sequence, Batch.skipped + Batch.failed + Batch.deferred + Batch.held).where(
        Batch.dispatch_id == bindparam("id"), Batch.first_sequence == bindparam("first")
    )


@lru_cache(maxsize=1)
def _count_batch() -> Select[int, int, datetime | None]:
    return (
        select(Delivery.state, func.count(), func.min(Delivery.due_at))
        .where(
            Delivery.dispatch_id == bindparam("id"), Delivery.sequence.between(bindparam("first"), bindparam("last"))
        )
        .group_by(Delivery.state)
    )


@lru_cache(maxsize=2)
def _sum_up(names: tuple[str, ...]) -> Update:
    return (
        update(Batch)
        .where(Batch.dispatch_id == bindparam("id"), Batch.first_sequence == bindparam("first"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )


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
def _find_unclaimed() -> Select[int]:
    """Look from the end, where the batches are that nobody has come to yet."""
    return (
        select(Batch.first_sequence)
        .where(Batch.dispatch_id == bindparam("id"), Batch.due_at.is_not(None), Batch.lease_until.is_(None))
        .order_by(Batch.first_sequence.desc())
        .limit(1)
    )


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


def count_anew(session: Session, dispatch_id: int, now: datetime) -> None:
    """Let the rule that holds a dispatch count from now on."""
    sums = [select(func.sum(one)).where(Batch.dispatch_id == dispatch_id).scalar_subquery() for one in _COUNTED]
    session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id)
        .values(sent_at_resume=sums[0], failed_at_resume=sums[1], counted_from=now)
        .execution_options(synchronize_session=False)
    )


def _hold_when_sick(session: Session, claim: Claim, results: Sequence[Result], now: datetime) -> None:
    """Hold when more than 5 % were refused for good within ten minutes, or more than half of what is told just now.

    Or when more than 0.5 % or 20 mails could not be made. After a person has looked and gone on it counts from then:
    what workers had claimed before belongs to what the person has seen, even when they tell it later.
    """
    dispatch_id = claim.dispatch_id
    dispatch = session.get_one(Dispatch, dispatch_id, populate_existing=True)
    if dispatch.resumed_at and claim.claimed_at <= dispatch.resumed_at:
        count_anew(session, dispatch_id, now)
        return
    refused = sum(one.state is State.FAILED for one in results)
    if refused >= _HOLD_AT_LEAST and refused > _HOLD_SHARE_NOW * len(results):
        hold_dispatch(session, dispatch_id, "too_many_refused", f"{refused} / {len(results)}")
        return
    sent, failed, held = session.execute(
        select(func.sum(Batch.sent), func.sum(Batch.failed), func.sum(Batch.held)).where(
            Batch.dispatch_id == dispatch_id
        )
    ).one()
    failed, sent = failed - dispatch.failed_at_resume, sent - dispatch.sent_at_resume
    if failed >= _HOLD_AT_LEAST and failed > _HOLD_SHARE * (sent + failed):
        hold_dispatch(session, dispatch_id, "too_many_refused", f"{failed} / {sent + failed}")
    elif held >= _PARKED_AT_MOST or held > max(1, _PARKED_SHARE * dispatch.planned_count):
        hold_dispatch(session, dispatch_id, "cannot_be_made", str(held))
    elif now - (dispatch.counted_from or dispatch.started_at) > _WINDOW:
        count_anew(session, dispatch_id, now)
