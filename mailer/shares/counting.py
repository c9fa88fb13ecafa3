"""Counting what sharing brought. One statement each; nothing about who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.issues.models import Issue
from mailer.issues.queries import find_published
from mailer.newsletters.models import Newsletter
from mailer.shares.channels import CHANNELS, partner_code, partner_via, read_via
from mailer.shares.models import Partner, ShareCount

What = Literal["visits", "joins"]


@dataclass(frozen=True)
class Brought:
    """The sums of one channel: `partner` when it is a partner's, else one of CHANNELS in `via`."""

    via: str
    partner: Partner | None
    visits: int
    joins: int


def count_shared(session: Session, issue: Issue, via: str, what: What, *, now: datetime) -> None:
    """Count one visit, or one new subscriber; a channel that is none of ours, or no partner's, is not counted."""
    known = read_via(via)
    if not known or (known not in CHANNELS and not _has_partner(session, issue.workspace_id, known)):
        return
    key = {"issue_id": issue.id, "via": known, "day": now.date()}
    session.execute(insert_unless_there(session, ShareCount).values({**key, "visits": 0, "joins": 0}))
    column = ShareCount.visits if what == "visits" else ShareCount.joins
    mine = (ShareCount.issue_id == issue.id, ShareCount.via == known, ShareCount.day == now.date())
    session.execute(update(ShareCount).where(*mine).values({column: column + 1}))


def count_join(session: Session, newsletter: Newsletter, path_number: str, via: str, *, now: datetime) -> None:
    """Count a new subscriber who came by an issue's shared link."""
    published = find_published(session, newsletter.slug, path_number) if via else None
    if published is not None:
        count_shared(session, published.issue, via, "joins", now=now)


def list_brought(session: Session, workspace_id: int, issue_ids: Sequence[int]) -> list[Brought]:
    """Return the sums over some issues, every channel and partner that has any, most visits first."""
    rows = session.execute(
        select(ShareCount.via, func.sum(ShareCount.visits), func.sum(ShareCount.joins))
        .where(ShareCount.issue_id.in_(issue_ids))
        .group_by(ShareCount.via)
    ).all()
    partners = session.scalars(select(Partner).where(Partner.workspace_id == workspace_id))
    by_via = {partner_via(partner.code): partner for partner in partners}
    brought = [Brought(row[0], by_via.get(row[0]), row[1], row[2]) for row in rows]
    return sorted(brought, key=lambda one: (-one.visits, -one.joins, one.via))


def _has_partner(session: Session, workspace_id: int, via: str) -> bool:
    mine = Partner.workspace_id == workspace_id, Partner.code == partner_code(via)
    return session.scalar(select(Partner.id).where(*mine)) is not None
