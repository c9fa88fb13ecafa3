"""Claiming notices that are due, and recording what became of them. Who claims has LEASE to say something."""

from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from mailer.notices.kinds import KINDS
from mailer.notices.models import FAILED, SENT, WAITING, Notice

LEASE = timedelta(minutes=15)  # longer than all waiting times of SMTP together
MOST_AT_ONCE = 20


def has_due_notices(session: Session, now: datetime) -> bool:
    return bool(session.scalar(select(Notice.id).where(Notice.state == WAITING, Notice.due_at <= now).limit(1)))


def claim_notices(session: Session, now: datetime) -> list[Notice]:
    """Take the notices that are due, oldest first; nobody else is given them before LEASE is over.

    What has waited beyond the lifetime of its kind fails and is not returned.
    """
    due = (
        select(Notice.id)
        .where(Notice.state == WAITING, Notice.due_at <= now)
        .order_by(Notice.due_at)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(Notice)
        .where(Notice.id.in_(due), Notice.state == WAITING)
        .values(attempt=Notice.attempt + 1, due_at=now + LEASE)
        .returning(Notice)
    ).all()
    fresh = []
    for notice in claimed:
        if notice.asked_at + KINDS[notice.kind].lifetime < now:
            _end(session, notice, FAILED, "too_late", now)
        else:
            fresh.append(notice)
    return sorted(fresh, key=lambda notice: notice.id)


def note_sent(session: Session, notice: Notice, now: datetime) -> None:
    _end(session, notice, SENT, "", now)


def note_failed(session: Session, notice: Notice, reason: str, now: datetime) -> None:
    """Record that it will never arrive."""
    _end(session, notice, FAILED, reason, now)


def put_off(session: Session, notice: Notice, reason: str, due_at: datetime) -> None:
    """Record that it can be tried again at `due_at`."""
    session.execute(_as_claimed(notice).values(due_at=due_at, reason=reason))


def _end(session: Session, notice: Notice, state: str, reason: str, now: datetime) -> None:
    session.execute(_as_claimed(notice).values(state=state, reason=reason, ended_at=now, address="", values={}))


def _as_claimed(notice: Notice) -> Update:
    """Return an update of the row as long as it is this claim's: another one has a higher attempt."""
    return update(Notice).where(Notice.id == notice.id, Notice.attempt == notice.attempt, Notice.state == WAITING)
