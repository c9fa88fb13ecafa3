"""Finding activity of the last minutes: by it a page says what has just been done, and a second press is recognised."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.activity.models import Activity

JUST_NOW = timedelta(minutes=2)


def is_just_now(moment: datetime, now: datetime) -> bool:
    return moment > now - JUST_NOW


def list_recent(session: Session, workspace_id: int, verb: str, *, now: datetime) -> list[Activity]:
    """Return the facts of one kind of the last two minutes, newest first."""
    wanted = select(Activity).where(Activity.workspace_id == workspace_id, Activity.at > now - JUST_NOW)
    return list(session.scalars(wanted.where(Activity.verb == verb).order_by(Activity.id.desc())))


def has_just_done(session: Session, workspace_id: int, verb: str, subject: str, *, actor: str, now: datetime) -> bool:
    """Return whether somebody has done this in the last two minutes."""
    return any(
        one.actor == actor and one.subject == subject for one in list_recent(session, workspace_id, verb, now=now)
    )
