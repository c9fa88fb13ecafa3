"""Drafts as rows: an issue document is taken in whole, and given back whole. A sent issue cannot be changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.errors import RefusedError
from mailer.issues.document import IssueDocument, dump_document, parse_document
from mailer.issues.models import DRAFT, BlockRow, Issue, Revision
from mailer.issues.queries import find_issue, list_blocks, lock_issue, parse_number
from mailer.newsletters.models import Newsletter


def load_document(session: Session, issue: Issue) -> IssueDocument:
    """Return the draft as a document, checked again as if it came from outside."""
    return parse_document(_as_document(issue, list_blocks(session, issue.id)))


def save_document(
    session: Session, newsletter: Newsletter, document: IssueDocument, *, actor: str, now: datetime
) -> tuple[Issue, str]:
    """Store a document as the draft of its number; return the issue and "created", "replaced" or "unchanged".

    What a draft held before is kept as a revision. RefusedError when the issue has been sent.
    """
    issue = find_issue(session, newsletter.id, *parse_number(document.number))
    if issue is None:
        return create_draft(session, newsletter, document, actor=actor, now=now), "created"
    issue = lock_issue(session, issue.id)
    former = dump_document(load_document(session, issue))
    if former == dump_document(document):
        return issue, "unchanged"
    if issue.state != DRAFT:
        raise RefusedError(f"Issue {document.number} has been sent and can no longer be changed.")
    kept = Revision(issue_id=issue.id, revision=issue.revision, document=former, created_at=now, actor=actor)
    session.add(kept)
    issue.revision += 1
    _fill(session, issue, document, now)
    _record(session, issue, "replaced", actor, now)
    return issue, "replaced"


def create_draft(
    session: Session, newsletter: Newsletter, document: IssueDocument, *, actor: str, now: datetime
) -> Issue:
    """Store a document as a new draft. SQLAlchemy's IntegrityError when its number is taken."""
    year, ordinal = parse_number(document.number)
    issue = Issue(
        workspace_id=newsletter.workspace_id,
        newsletter_id=newsletter.id,
        year=year,
        ordinal=ordinal,
        language=document.lang,
        title="",
        subject="",
        created_at=now,
        updated_at=now,
    )
    session.add(issue)
    session.flush()
    _fill(session, issue, document, now)
    _record(session, issue, "created", actor, now)
    return issue


def _record(session: Session, issue: Issue, outcome: str, actor: str, now: datetime) -> None:
    subject = f"issue:{issue.id}"
    record_activity(session, issue.workspace_id, actor=actor, verb=f"issue.{outcome}", subject=subject, now=now)


def _fill(session: Session, issue: Issue, document: IssueDocument, now: datetime) -> None:
    issue.language, issue.title, issue.subject = document.lang, document.title, document.subject
    issue.preheader, issue.published_on, issue.updated_at = document.preheader, document.date, now
    issue.block_revision += 1
    session.execute(delete(BlockRow).where(BlockRow.issue_id == issue.id))
    for position, block in enumerate(dump_document(document)["blocks"]):
        session.add(
            BlockRow(
                issue_id=issue.id,
                block_id=block["id"],
                position=position,
                kind=block["type"],
                version=block["v"],
                data=block["data"],
                hidden_in=block.get("hidden_in", []),
                audience=block.get("audience", []),
                revision=issue.block_revision,
            )
        )
    session.flush()


def _as_document(issue: Issue, blocks: list[BlockRow]) -> dict[str, Any]:
    return {
        "number": issue.number,
        "lang": issue.language,
        "title": issue.title,
        "subject": issue.subject,
        "preheader": issue.preheader,
        **({"date": issue.published_on.isoformat()} if issue.published_on else {}),
        "blocks": [
            {
                "id": row.block_id,
                "type": row.kind,
                "v": row.version,
                "hidden_in": row.hidden_in,
                "audience": row.audience,
                "data": row.data,
            }
            for row in blocks
        ],
    }
