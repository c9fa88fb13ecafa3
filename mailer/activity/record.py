"""Writing activity: one call beside the change it tells of, in the same transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from mailer.activity.models import Activity


def record_activity(
    session: Session,
    workspace_id: int,
    *,
    actor: str,
    verb: str,
    subject: str,
    now: datetime,
    **detail: str | int | list[str],
) -> None:
    """Add one fact. `detail` never holds an address or a token."""
    session.add(Activity(workspace_id=workspace_id, at=now, actor=actor, verb=verb, subject=subject, detail=detail))
