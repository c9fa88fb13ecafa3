"""Pausing, resuming and cancelling a dispatch. Workers look every second; mails on the wire are finished."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.deliveries.finishing import finish_dispatch
from mailer.deliveries.holding import count_anew
from mailer.deliveries.models import CANCELLED, FINISHED, HELD, PAUSED, SENDING, Batch, Dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import close_batch, move_deliveries
from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.jobs import help_later

_REFUSALS = {
    SENDING: mark("Dispatch {number} is being sent."),
    PAUSED: mark("Dispatch {number} is paused already."),
    HELD: mark("Dispatch {number} is on hold already."),
    FINISHED: mark("Dispatch {number} has finished."),
    CANCELLED: mark("Dispatch {number} has been stopped."),
}


def pause_dispatch(session: Session, dispatch: Dispatch, *, actor: str, now: datetime) -> None:
    _move(session, dispatch, {SENDING}, PAUSED, actor=actor, now=now)


def resume_dispatch(session: Session, dispatch: Dispatch, *, actor: str, now: datetime) -> None:
    """Go on with a paused or held dispatch; what was parked for a person is planned again."""
    _move(session, dispatch, {PAUSED, HELD}, SENDING, actor=actor, now=now)
    dispatch.hold_reason = dispatch.hold_detail = ""
    dispatch.resumed_at = now
    session.flush()
    count_anew(session, dispatch.id, now)
    _move_deliveries(session, dispatch, State.PLANNED, "", now)
    session.flush()
    finish_dispatch(session, dispatch.id, now)
    help_later(session, dispatch.id)


def cancel_dispatch(session: Session, dispatch: Dispatch, *, actor: str, now: datetime) -> None:
    """End a dispatch for good; whoever has not got the mail is skipped with the reason `cancelled`."""
    _move(session, dispatch, {SENDING, PAUSED, HELD}, CANCELLED, actor=actor, now=now)
    dispatch.finished_at = now
    _move_deliveries(session, dispatch, State.SKIPPED, "cancelled", now)


def _move(session: Session, dispatch: Dispatch, sources: set[str], target: str, *, actor: str, now: datetime) -> None:
    moved = session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch.id, Dispatch.state.in_(sources))
        .values(state=target)
        .returning(Dispatch.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        session.refresh(dispatch)
        raise RefusedError(_REFUSALS[dispatch.state], number=dispatch.id)
    session.refresh(dispatch)
    record_activity(
        session,
        dispatch.workspace_id,
        actor=actor,
        verb=f"dispatch.{target}",
        subject=f"dispatch:{dispatch.id}",
        now=now,
    )


def _move_deliveries(session: Session, dispatch: Dispatch, target: State, reason: str, now: datetime) -> None:
    """Move rows of unclaimed batches; a claimed batch is moved by nobody but its worker, which stops within seconds."""
    wanted = (
        select(Batch.first_sequence, Batch.last_sequence)
        .where(Batch.dispatch_id == dispatch.id, Batch.lease_until.is_(None))
        .with_for_update()  # or a worker could claim one between this look and the next statement
    )
    for first, last in session.execute(wanted).all():
        if move_deliveries(session, dispatch.id, (first, last), target, reason):
            close_batch(session, dispatch.id, first, now, give_back=True)
