"""Holding a dispatch until a person has looked: because a relay refuses us, or because too many mails went wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mailer.deliveries.claim import Claim
from mailer.deliveries.models import HELD, SENDING, Batch, Dispatch
from mailer.deliveries.states import State
from mailer.deliveries.writing import NOTE_CHARACTERS, Result

# A tenth of a newsletter's first 200 readers may be dead addresses; five per cent of more than that is a sick relay.
_HOLD_SHARE, HOLD_AT_LEAST = 0.05, 20
_HOLD_SHARE_NOW = 0.5  # near the end of a large dispatch five per cent of all are never reached
_WINDOW = timedelta(minutes=10)
_PARKED_SHARE, _PARKED_AT_MOST = 0.005, 20
_COUNTED = (Batch.sent, Batch.failed)


def hold_dispatch(session: Session, dispatch_id: int, reason: str, detail: str) -> None:
    """Stop a dispatch until a person has looked; the deliveries stay as they are. `reason` is a code."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id, Dispatch.state == SENDING)
        .values(state=HELD, hold_reason=reason, hold_detail=detail[:NOTE_CHARACTERS])
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


def hold_when_sick(session: Session, claim: Claim, results: Sequence[Result], now: datetime) -> None:
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
    if refused >= HOLD_AT_LEAST and refused > _HOLD_SHARE_NOW * len(results):
        hold_dispatch(session, dispatch_id, "too_many_refused", f"{refused} / {len(results)}")
        return
    sent, failed, held = session.execute(
        select(func.sum(Batch.sent), func.sum(Batch.failed), func.sum(Batch.held)).where(
            Batch.dispatch_id == dispatch_id
        )
    ).one()
    failed, sent = failed - dispatch.failed_at_resume, sent - dispatch.sent_at_resume
    if failed >= HOLD_AT_LEAST and failed > _HOLD_SHARE * (sent + failed):
        hold_dispatch(session, dispatch_id, "too_many_refused", f"{failed} / {sent + failed}")
    elif held >= _PARKED_AT_MOST or held > max(1, _PARKED_SHARE * dispatch.planned_count):
        hold_dispatch(session, dispatch_id, "cannot_be_made", str(held))
    elif now - (dispatch.counted_from or dispatch.started_at) > _WINDOW:
        count_anew(session, dispatch_id, now)
