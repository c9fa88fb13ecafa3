"""Deleting a draft for good, with what was kept of it; what was in it may stay as a template. Never a sent issue."""

from datetime import datetime

from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.issues.editing import lock_draft
from mailer.issues.models import Issue
from mailer.issues.saving import save_template


def delete_draft(session: Session, issue: Issue, *, keep_as: str | None = None, actor: str, now: datetime) -> None:
    """Delete a draft with its blocks, steps, revisions and presences; `keep_as` names a template to keep of it.

    RefusedError when it has been sent, NotFoundError when it is gone already, also just now. InvalidError when the
    template's name is none or taken; then the draft stays.
    """
    draft = lock_draft(session, issue.id)
    if keep_as is not None:
        save_template(session, draft, keep_as, actor=actor, now=now)
    record_activity(
        session,
        draft.workspace_id,
        actor=actor,
        verb="issue.deleted",
        subject=f"issue:{draft.id}",
        now=now,
        number=draft.number,
    )
    session.delete(draft)  # and, by the tables' own rules, all that hangs on it
    session.flush()
