"""Deleting a draft for good, with what was kept of it; what was in it may stay as a template. Never a sent issue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mailer.activity.queries import list_recent
from mailer.activity.record import record_activity
from mailer.issues.editing import lock_draft
from mailer.issues.models import Issue
from mailer.issues.saving import save_template
from mailer.newsletters.models import Newsletter

VERB = "issue.deleted"


@dataclass(frozen=True)
class Deletion:
    """A draft that is gone; `template` is the name under which what was in it was kept, or empty."""

    number: str
    template: str


def delete_draft(session: Session, issue: Issue, *, keep_as: str | None = None, actor: str, now: datetime) -> None:
    """Delete a draft with its blocks, steps, revisions and presences; `keep_as` names a template to keep of it.

    RefusedError when it has been sent, NotFoundError when it is gone already, also just now. InvalidError when the
    template's name is none or taken; then the draft stays.
    """
    draft = lock_draft(session, issue.id)
    kept = {}
    if keep_as is not None:
        kept["template"] = save_template(session, draft, keep_as, actor=actor, now=now).name
    record_activity(
        session,
        draft.workspace_id,
        actor=actor,
        verb=VERB,
        subject=f"issue:{draft.id}",
        now=now,
        newsletter=draft.newsletter_id,
        number=draft.number,
        **kept,
    )
    session.delete(draft)  # and, by the tables' own rules, all that hangs on it
    session.flush()


def mark_state(issue: Issue) -> str:
    """Return what is another text for each state of a draft, and for another draft of the same number.

    The moment stands in it since SQLite gives the id of a deleted draft to the next one.
    """
    return f"{issue.id}-{issue.created_at:%Y%m%d%H%M%S%f}-{issue.block_revision}"


def find_deletion(session: Session, newsletter: Newsletter, number: str, *, now: datetime) -> Deletion | None:
    """Return what has been deleted under a number (`2017:1`) in the last minutes."""
    for fact in list_recent(session, newsletter.workspace_id, VERB, now=now):
        if (fact.detail.get("newsletter"), fact.detail["number"]) == (newsletter.id, number):
            return Deletion(number, fact.detail.get("template", ""))
    return None
