"""Finding issues: a member's by workspace, a reader's only when they have been sent."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.issues.models import SENT, BlockRow, Issue, IssueText, Snapshot
from mailer.newsletters.models import Newsletter
from mailer.newsletters.queries import get_newsletter

GONE = "The issue has been deleted."


@dataclass(frozen=True)
class Published:
    """A sent issue with the snapshot that its web page comes from."""

    issue: Issue
    newsletter: Newsletter
    snapshot: Snapshot


def parse_number(text: str) -> tuple[int, int]:
    """Return year and ordinal of `2017:1` or `2017-1`; RefusedError when it is neither."""
    match = re.fullmatch(r"(\d{4})[:-](\d{1,4})", text)
    if not match:
        raise RefusedError(f"{text!r} is not the number of an issue; write it as 2017:1.")
    return int(match[1]), int(match[2])


def get_issue(session: Session, workspace_id: int, newsletter_slug: str, number: str) -> Issue:
    newsletter = get_newsletter(session, workspace_id, newsletter_slug)
    year, ordinal = parse_number(number)
    issue = find_issue(session, newsletter.id, year, ordinal)
    if issue is None:
        raise NotFoundError(f"There is no issue {number} of {newsletter.slug}.")
    return issue


def find_issue(session: Session, newsletter_id: int, year: int, ordinal: int) -> Issue | None:
    wanted = select(Issue).where(Issue.newsletter_id == newsletter_id, Issue.year == year, Issue.ordinal == ordinal)
    return session.scalar(wanted)


def get_issue_by_id(session: Session, newsletter_id: int, issue_id: int) -> Issue:
    """Return an issue of a newsletter whatever number it has now; NotFoundError when it is another one's, or gone."""
    issue = session.get(Issue, issue_id)
    if issue is None or issue.newsletter_id != newsletter_id:
        raise NotFoundError(GONE)
    return issue


def lock_issue(session: Session, issue_id: int) -> Issue:
    """Return an issue for changing, nobody else's change in between. NotFoundError when it has been deleted."""
    wanted = select(Issue).where(Issue.id == issue_id).with_for_update()
    # Read anew under the lock: it may have been sent while we waited.
    issue = session.scalar(wanted.execution_options(populate_existing=True))
    if issue is None:
        raise NotFoundError(GONE)
    return issue


def list_issues(session: Session, newsletter_id: int) -> list[Issue]:
    """Return all issues of a newsletter, newest number first."""
    wanted = select(Issue).where(Issue.newsletter_id == newsletter_id)
    return list(session.scalars(wanted.order_by(Issue.year.desc(), Issue.ordinal.desc())))


def has_issues(session: Session, newsletter_id: int) -> bool:
    return session.scalar(select(Issue.id).where(Issue.newsletter_id == newsletter_id).limit(1)) is not None


def search_issues(session: Session, newsletter_id: int, query: str) -> list[Issue]:
    """Return issues with all words of the query in number, subject or, once sent, text; newest number first."""
    words = query.casefold().split()
    texts = select(IssueText.issue_id, IssueText.folded).join(Issue, Issue.id == IssueText.issue_id)
    found = session.execute(texts.where(Issue.newsletter_id == newsletter_id)) if words else ()
    folded = {row.issue_id: row.folded for row in found}
    return [
        issue
        for issue in list_issues(session, newsletter_id)
        if all(word in f"{issue.number} {issue.subject} {folded.get(issue.id, '')}".casefold() for word in words)
    ]


def list_published(session: Session, newsletter_id: int) -> list[Issue]:
    return [issue for issue in list_issues(session, newsletter_id) if issue.state == SENT]


def list_blocks(session: Session, issue_id: int) -> list[BlockRow]:
    return list(session.scalars(select(BlockRow).where(BlockRow.issue_id == issue_id).order_by(BlockRow.position)))


def find_published(session: Session, newsletter_slug: str, path_number: str) -> Published | None:
    """Return a sent issue for anybody who asks; drafts and unknown numbers are both None."""
    match = re.fullmatch(r"(\d{4})-(\d{1,4})", path_number)
    if not match:
        return None
    row = session.execute(
        select(Issue, Newsletter, Snapshot)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .join(Snapshot, Snapshot.issue_id == Issue.id)
        .where(
            Newsletter.slug == newsletter_slug,
            Issue.year == int(match[1]),
            Issue.ordinal == int(match[2]),
            Issue.state == SENT,
        )
        .order_by(Snapshot.id)
    ).first()
    return Published(row[0], row[1], row[2]) if row else None


def get_first_snapshot(session: Session, issue_id: int) -> Snapshot:
    """Return what a sent issue said; it is there from the moment of sending, and a bug when it is not."""
    first = find_first_snapshot(session, issue_id)
    if first is None:
        raise LookupError(f"issue {issue_id} has been sent and has no snapshot")
    return first


def find_first_snapshot(session: Session, issue_id: int) -> Snapshot | None:
    """Return what an issue said when it was first sent; the archive shows it, and later dispatches say the same."""
    return session.scalar(select(Snapshot).where(Snapshot.issue_id == issue_id).order_by(Snapshot.id).limit(1))
