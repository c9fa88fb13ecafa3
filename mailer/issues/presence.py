"""Who has a draft open, and which block in it: told by their pages every few seconds, forgotten soon after."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mailer.accounts.models import User
from mailer.db import insert_unless_there
from mailer.errors import NotFoundError
from mailer.issues.models import Issue, Presence
from mailer.issues.queries import GONE

GONE_AFTER = timedelta(seconds=45)  # three heartbeats


@dataclass(frozen=True)
class Present:
    """Somebody else in the same draft; `block_id` is empty when no block is open."""

    name: str
    block_id: str


def note_presence(session: Session, issue: Issue, user: User, tab: str, block_id: str, now: datetime) -> list[Present]:
    """Note that a tab is open, and return the other people's. NotFoundError when the draft is deleted just now."""
    # Before anything of its presences is touched: who deletes the draft holds it, and takes them away after that.
    held = select(Issue.id).where(Issue.id == issue.id).with_for_update(read=True, key_share=True)
    if session.scalar(held) is None:
        raise NotFoundError(GONE)
    session.execute(delete(Presence).where(Presence.issue_id == issue.id, Presence.seen_at < now - GONE_AFTER))
    told = {"user_id": user.id, "block_id": block_id, "seen_at": now}
    session.execute(insert_unless_there(session, Presence).values(issue_id=issue.id, tab=tab, **told))
    session.execute(update(Presence).where(Presence.issue_id == issue.id, Presence.tab == tab).values(**told))
    return list_present(session, issue, user, now)


def list_present(session: Session, issue: Issue, but: User, now: datetime) -> list[Present]:
    """Return the open tabs of other people than one."""
    wanted = (
        select(User, Presence.block_id)
        .join(Presence, Presence.user_id == User.id)
        .where(Presence.issue_id == issue.id, Presence.seen_at >= now - GONE_AFTER, User.id != but.id)
        .order_by(User.name, User.id)
    )
    return [Present(one.name or one.email, block) for one, block in session.execute(wanted)]


def forget_presences(session: Session, before: datetime) -> int:
    """Delete what pages said before a moment, in drafts that nobody has open any more."""
    gone = delete(Presence).where(Presence.seen_at < before).returning(Presence.tab)
    return len(session.scalars(gone).all())
