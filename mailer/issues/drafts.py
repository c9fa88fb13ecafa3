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
        issue = _create(session, newsletter, document, now)
        outcome = "created"
    else:
        issue = lock_issue(session, issue.id)
        former = dump_document(load_document(session, issue))
        if former == dump_document(document):
            return issue, "unchanged"
        if issue.state != DRAFT:
            raise RefusedError(f"Issue {document.number} has been sent and can no longer be changed.")
        kept = Revision(issue_id=issue.id, revision=issue.revision, document=former, created_at=now, actor=actor)
        session.add(kept)
        issue.revision += 1
        outcome = "replaced"
    _fill(session, issue, dump_document(document), now)
    record_activity(
        session, issue.workspace_id, actor=actor, verb=f"issue.{outcome}", subject=f"issue:{issue.id}", now=now
    )
    return issue, outcome


def _create(session: Session, newsletter: Newsletter, document: IssueDocument, now: datetime) -> Issue:
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
    return issue


def _fill(session: Session, issue: Issue, document: dict[str, Any], now: datetime) -> None:
    parsed = parse_document(document)
    issue.language, issue.title, issue.subject = parsed.lang, parsed.title, parsed.subject
    issue.preheader, issue.published_on, issue.updated_at = parsed.preheader, parsed.date, now
    issue.block_revision += 1
    session.execute(delete(BlockRow).where(BlockRow.issue_id == issue.id))
    for position, block in enumerate(document["blocks"]):
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
