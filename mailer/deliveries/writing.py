"""Writing deliveries and the sums of their batch, in bulk: the statements that `record`, `recover` and `control` share.

The sums are counted anew from the rows: progress can never disagree with the truth. Statements are built once, since
building them costs as much as running them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Select, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from mailer.deliveries.models import Batch, Delivery, DeliveryNote
from mailer.deliveries.states import State, sources_for_anybody, sources_for_claimer
from mailer.deliveries.tally import count_reasons

NOTE_CHARACTERS = 500
_WITH_REASON = (State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD)
_SUMMED = (State.PLANNED, State.SENT, State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD)
_WRITTEN = ("reason", "code", "due_at", "attempt")


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
