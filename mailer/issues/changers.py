"""Who has changed a part of a draft last, as far as its steps tell: who is alone is not told of somebody else.

A step that was undone counts as its maker's, who mostly is who undid it.
"""

from collections.abc import Callable, Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.issues.models import IssueStep


def find_block_changer(session: Session, issue_id: int, block_id: str) -> str:
    """Return who has changed or deleted a block last; empty when that is too long ago to be known."""
    return _find(session, issue_id, lambda step: block_id in step.after["blocks"])


def find_facts_changer(session: Session, issue_id: int, names: Collection[str]) -> str:
    """Return who has changed one of some facts last, by the names that steps know them by."""

    def has_changed(step: IssueStep) -> bool:
        before, after = step.before.get("facts", {}), step.after.get("facts", {})
        return any(before.get(name) != after.get(name) for name in names)

    return _find(session, issue_id, has_changed)


def _find(session: Session, issue_id: int, is_it: Callable[[IssueStep], bool]) -> str:
    latest = select(IssueStep).where(IssueStep.issue_id == issue_id).order_by(IssueStep.id.desc())
    return next((step.actor for step in session.scalars(latest) if is_it(step)), "")
