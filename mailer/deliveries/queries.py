"""Reading dispatches: progress from the sums and reasons of batches, never by counting deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from mailer.deliveries.models import SENDING, Batch, BatchReason, Dispatch
from mailer.deliveries.states import State
from mailer.errors import NotFoundError
from mailer.issues.models import Snapshot

_COLUMNS = (State.PLANNED, State.SENT, State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD)


@dataclass(frozen=True)
class Progress:
    """How far a dispatch has come. `recipients` are all planned rows but those skipped from the start.

    `deliveries` counts every row by state, `reasons` those that were skipped, failed, deferred or held by reason.
    """

    state: str
    recipients: int
    deliveries: dict[str, int]
    reasons: dict[str, dict[str, int]]
    hold_reason: str
    hold_detail: str
    rate_per_second: float | None
    seconds_left: int | None

    @property
    def done(self) -> int:
        """Recipients whose delivery has ended, one way or the other."""
        return self.recipients - self.deliveries["planned"] - self.deliveries["claimed"] - self.deliveries["deferred"]


def find_dispatch(session: Session, dispatch_id: int) -> Dispatch | None:
    """Return a dispatch of any workspace: for the operator's command line and the engine only."""
    return session.get(Dispatch, dispatch_id)


def get_dispatch(session: Session, workspace_id: int, dispatch_id: int) -> Dispatch:
    dispatch = session.get(Dispatch, dispatch_id)
    if dispatch is None or dispatch.workspace_id != workspace_id:
        raise NotFoundError(f"There is no dispatch {dispatch_id}.")
    return dispatch


def list_dispatches(session: Session, workspace_id: int, limit: int = 20) -> Sequence[Dispatch]:
    """Return the newest dispatches first."""
    wanted = select(Dispatch).where(Dispatch.workspace_id == workspace_id).order_by(Dispatch.id.desc()).limit(limit)
    return session.scalars(wanted).all()


def get_sender(session: Session, dispatch: Dispatch) -> str:
    """Return the address that a dispatch is sent from."""
    identity = session.scalars(select(Snapshot.identity).where(Snapshot.id == dispatch.snapshot_id)).one()
    return str(identity["sender_email"])


def dispatch_progress(session: Session, dispatch: Dispatch, *, now: datetime) -> Progress:
    claimed = func.sum(case((Batch.lease_until.is_not(None), Batch.planned), else_=0))
    sums = [func.sum(column) for column in (Batch.planned, Batch.sent, Batch.deferred, Batch.failed)]
    row = session.execute(
        select(*sums, func.sum(Batch.skipped), func.sum(Batch.held), claimed).where(Batch.dispatch_id == dispatch.id)
    ).one()
    counts = {state.word: 0 for state in State} | {
        state.word: int(count or 0) for state, count in zip(_COLUMNS, row[:6], strict=True)
    }
    counts["claimed"] = int(row[6] or 0)
    counts["planned"] -= counts["claimed"]
    rate = _rate(dispatch, counts, now)
    left = counts["planned"] + counts["claimed"]
    return Progress(
        state=dispatch.state,
        recipients=dispatch.planned_count - dispatch.skipped_at_start,
        deliveries=counts,
        reasons=_reasons(session, dispatch.id)
        if any(counts[w] for w in ("skipped", "failed", "deferred", "held"))
        else {},
        hold_reason=dispatch.hold_reason,
        hold_detail=dispatch.hold_detail,
        rate_per_second=rate,
        seconds_left=round(left / rate) if rate and dispatch.state == SENDING else None,
    )


def _reasons(session: Session, dispatch_id: int) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(BatchReason.state, BatchReason.reason, func.sum(BatchReason.count))
        .where(BatchReason.dispatch_id == dispatch_id)
        .group_by(BatchReason.state, BatchReason.reason)
    )
    reasons: dict[str, dict[str, int]] = {}
    for state, reason, count in rows:
        reasons.setdefault(State(state).word, {})[reason] = int(count)
    return reasons


def _rate(dispatch: Dispatch, counts: dict[str, int], now: datetime) -> float | None:
    seconds = ((dispatch.finished_at or now) - dispatch.started_at).total_seconds()
    return counts["sent"] / seconds if counts["sent"] and seconds > 0 else None
