"""The mail of a sent issue as it went out, with a sample reader's values where the real ones stood."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError
from mailer.issues.models import Snapshot, SnapshotVariant
from mailer.issues.slots import Slot, fill_as_sample


@dataclass(frozen=True)
class SentMail:
    subject: str
    html: str
    text: str


def show_sent_mail(session: Session, issue_id: int, link: str) -> SentMail:
    """Return the first variant of an issue's first dispatch; `link` stands for every personal address."""
    row = session.execute(
        select(Snapshot, SnapshotVariant)
        .join(SnapshotVariant, SnapshotVariant.snapshot_id == Snapshot.id)
        .where(Snapshot.issue_id == issue_id)
        .order_by(Snapshot.id, SnapshotVariant.variant)
    ).first()
    if row is None:
        raise NotFoundError("This issue has not been sent.")
    snapshot, variant = row
    slots = [Slot(**slot) for slot in variant.slots]
    return SentMail(snapshot.subject, *fill_as_sample(variant.html, variant.text, slots, link))


def find_sent_web(session: Session, issue_id: int) -> str:
    """Return the web fragment that the archive shows for a sent issue."""
    return session.scalar(select(Snapshot.web).where(Snapshot.issue_id == issue_id).order_by(Snapshot.id)) or ""
