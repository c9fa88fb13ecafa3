"""What the archive shows now: which issues, and the newest web version of each. The snapshots behind them stay."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.issues.models import SENT, Issue, Snapshot, WebVersion

CORRECTED, REDACTED = "corrected", "redacted"


@dataclass(frozen=True)
class Shown:
    """An issue's web page as it is shown: the fragment, and what readers are told of later corrections."""

    web: str
    corrections: tuple[WebVersion, ...]


def list_shown(session: Session, newsletter_id: int) -> list[Issue]:
    """Return the sent issues that have not been withdrawn, newest number first."""
    wanted = select(Issue).where(
        Issue.newsletter_id == newsletter_id, Issue.state == SENT, Issue.withdrawn_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Issue.year.desc(), Issue.ordinal.desc())))


def read_shown(session: Session, issue_id: int, snapshot_web: str) -> Shown:
    """Return what the page of an issue shows; `snapshot_web` when nothing was changed since it was sent."""
    versions = list(session.scalars(select(WebVersion).where(WebVersion.issue_id == issue_id).order_by(WebVersion.id)))
    web = versions[-1].web if versions else snapshot_web
    return Shown(web, tuple(one for one in versions if one.kind == CORRECTED and one.note))


def list_versions(session: Session, issue_id: int) -> list[WebVersion]:
    """Return all later versions of an issue's page, newest first."""
    return list(
        session.scalars(select(WebVersion).where(WebVersion.issue_id == issue_id).order_by(WebVersion.id.desc()))
    )


def find_first_web(session: Session, issue_id: int) -> str:
    """Return the fragment of the snapshot that the page came from first."""
    wanted = select(Snapshot.web).where(Snapshot.issue_id == issue_id).order_by(Snapshot.id).limit(1)
    return session.scalar(wanted) or ""


def last_change(issues: list[Issue]) -> datetime | None:
    """Return when the newest of these was sent."""
    return max((issue.sent_at for issue in issues if issue.sent_at), default=None)
