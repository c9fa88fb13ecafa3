"""Steps of editing: what each changed, so that it can be undone and done again, also after the page was closed.

A step holds the touched parts before and after: the order of blocks, blocks by id (None: not there), and the issue's
own facts. Undoing puts the parts before back, redoing those after; a new step forgets what was undone. What one person
types in one place without a pause is one step.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.i18n import mark
from mailer.issues.models import BlockRow, Issue, IssueStep
from mailer.issues.queries import list_blocks
from mailer.issues.revisions import keep_morning

MOST_STEPS = 100
MOST_OCTETS = 800_000  # of all blocks' data; `document.MAX_BYTES` has room for what stands around them
ONE_STEP = timedelta(seconds=30)  # of typing
TOO_LONG = mark("The issue would be larger than {most} kB. Shorten it, or link to the longer texts.")
OTHER_STEP = mark("Another step was made meanwhile, so nothing was done. The button says which step is next.")

Parts = Mapping[str, Any]


def take_parts(session: Session, issue: Issue, block_ids: Collection[str] = (), *, facts: bool = False) -> Parts:
    """Return some parts of a draft as they are now, as JSON."""
    rows = {row.block_id: row for row in list_blocks(session, issue.id)}
    parts: dict[str, Any] = {
        "order": list(rows),
        "blocks": {one: _as_json(rows[one]) if one in rows else None for one in block_ids},
    }
    if facts:
        day = issue.published_on
        parts["facts"] = {
            "subject": issue.subject,
            "preheader": issue.preheader,
            "title": issue.title,
            "language": issue.language,
            "published_on": day.isoformat() if day else None,
        }
    return parts


def record_step(
    session: Session, issue: Issue, verb: str, before: Parts, after: Parts, *, actor: str, now: datetime
) -> None:
    """Apply a change and remember it as one step."""
    keep_morning(session, issue, actor=actor, now=now)
    apply_parts(session, issue, after, now)
    last = find_undoable(session, issue.id)
    if last and _goes_on(last, verb, after, actor, now) and find_redoable(session, issue.id) is None:
        last.after, last.at = dict(after), now
        return
    session.execute(delete(IssueStep).where(IssueStep.issue_id == issue.id, IssueStep.is_undone))
    step = IssueStep(
        issue_id=issue.id, verb=verb, before=dict(before), after=dict(after), actor=actor, at=now, is_undone=False
    )
    session.add(step)
    session.flush()
    old = select(IssueStep.id).where(IssueStep.issue_id == issue.id).order_by(IssueStep.id.desc()).offset(MOST_STEPS)
    session.execute(delete(IssueStep).where(IssueStep.id.in_(list(session.scalars(old)))))


def _goes_on(last: IssueStep, verb: str, after: Parts, actor: str, now: datetime) -> bool:
    """Return whether a change is more typing in the place of the last step."""
    return (
        last.verb == verb
        and verb in {"change", "facts"}
        and last.actor == actor
        and now - last.at < ONE_STEP
        and list(last.after["blocks"]) == list(after["blocks"])
        and last.after["order"] == after["order"]
    )


def find_undoable(session: Session, issue_id: int) -> IssueStep | None:
    """Return the last step that stands."""
    wanted = select(IssueStep).where(IssueStep.issue_id == issue_id, IssueStep.is_undone.is_(False))
    return session.scalar(wanted.order_by(IssueStep.id.desc()).limit(1))


def find_redoable(session: Session, issue_id: int) -> IssueStep | None:
    """Return the first step of those that were undone."""
    wanted = select(IssueStep).where(IssueStep.issue_id == issue_id, IssueStep.is_undone)
    return session.scalar(wanted.order_by(IssueStep.id).limit(1))


def undo_step(session: Session, issue: Issue, now: datetime, *, meant: int | None = None) -> IssueStep | None:
    """Undo the last step that stands; RefusedError when it is not the one that is `meant` (by its id)."""
    step = _be_sure(find_undoable(session, issue.id), meant)
    if step:
        apply_parts(session, issue, step.before, now)
        step.is_undone = True
    return step


def redo_step(session: Session, issue: Issue, now: datetime, *, meant: int | None = None) -> IssueStep | None:
    """Do the step again that was undone last; RefusedError when it is not the one that is `meant`."""
    step = _be_sure(find_redoable(session, issue.id), meant)
    if step:
        apply_parts(session, issue, step.after, now)
        step.is_undone = False
    return step


def _be_sure(step: IssueStep | None, meant: int | None) -> IssueStep | None:
    if meant is not None and (step is None or step.id != meant):
        raise RefusedError(OTHER_STEP)
    return step


def apply_parts(session: Session, issue: Issue, parts: Parts, now: datetime) -> None:
    """Make a draft's parts what is given; every block that is touched gets a revision that no open page has seen."""
    rows = {row.block_id: row for row in list_blocks(session, issue.id)}
    _refuse_too_long(rows, parts["blocks"])
    issue.block_revision += 1
    for block_id, block in parts["blocks"].items():
        if block is None:
            if gone := rows.pop(block_id, None):
                session.delete(gone)
            continue
        if block_id not in rows:
            rows[block_id] = BlockRow(issue_id=issue.id, block_id=block_id, position=-1000 - len(rows))
            session.add(rows[block_id])
        row = rows[block_id]
        row.kind, row.version, row.data = block["kind"], block["version"], block["data"]
        row.hidden_in, row.audience, row.revision = block["hidden_in"], block["audience"], issue.block_revision
        row.saved_by = ""
    session.flush()
    # Blocks that somebody else has added meanwhile stay, at the end.
    order = [one for one in parts["order"] if one in rows]
    _place(session, [rows[one] for one in [*order, *(one for one in rows if one not in order)]])
    if facts := parts.get("facts"):
        issue.subject, issue.preheader, issue.title = facts["subject"], facts["preheader"], facts["title"]
        issue.language = facts["language"]
        issue.published_on = date.fromisoformat(facts["published_on"]) if facts["published_on"] else None
    issue.updated_at = now
    session.flush()


def _refuse_too_long(rows: Mapping[str, BlockRow], touched: Mapping[str, Any]) -> None:
    """Refuse what would make a draft larger than it can be opened again; what makes it smaller is always taken."""
    present = {one: _measure(row.data) for one, row in rows.items()}
    wanted = present | {one: _measure(block["data"]) if block else 0 for one, block in touched.items()}
    if max(MOST_OCTETS, sum(present.values())) < sum(wanted.values()):
        raise RefusedError(TOO_LONG, most=MOST_OCTETS // 1000)


def _measure(data: Mapping[str, Any]) -> int:
    return len(json.dumps(data, ensure_ascii=False).encode())


def _place(session: Session, rows: Sequence[BlockRow]) -> None:
    """Let the blocks stand in this order; only those whose place changes are written."""
    moved = [(place, row) for place, row in enumerate(rows) if row.position != place]
    for place, row in moved:
        row.position = -1 - place  # out of the way: no two may hold one place, not even for a moment
    session.flush()
    for place, row in moved:
        row.position = place


def forget_steps(session: Session, before: datetime, *, most: int = 1000) -> int:
    """Delete steps from before a moment; what they made stays."""
    old = select(IssueStep.id).where(IssueStep.at < before).limit(most)
    return len(session.scalars(delete(IssueStep).where(IssueStep.id.in_(old)).returning(IssueStep.id)).all())


def _as_json(row: BlockRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "version": row.version,
        "data": row.data,
        "hidden_in": row.hidden_in,
        "audience": row.audience,
    }
