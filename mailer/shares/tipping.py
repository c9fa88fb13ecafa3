"""Tipping: the service mails one colleague because a reader asked, for a newsletter whose owner has switched it on.

    typed ──▶ mail to the tipper's own mailbox ──the button there──▶ mail to the colleague

The answer is the same whether or not a mail goes out: the colleague may want none, or have been tipped already
(cases E6, E7). A row of keyed hashes remembers for a day that one went out.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.issues.models import SENT, Issue
from mailer.mime.address import parse_address
from mailer.newsletters.models import PUBLIC, Newsletter
from mailer.notices.alarm import warn_owners
from mailer.notices.ask import ask_for_notice, count_notices
from mailer.notices.models import WAITING, Notice
from mailer.shares.models import Tip, TipBlock
from mailer.shares.tips import TypedTip, seal_tip
from mailer.subscribers.models import ENDED, Subscriber, Subscription
from mailer.subscribers.suppression import BOUNCED, COMPLAINED, LEFT, find_suppression
from mailer.tokens import hash_address, read_signed

MOST_OF_A_READER, MOST_OF_A_NEWSLETTER = 5, 200  # a day
_DAY = timedelta(days=1)


def find_tippable(session: Session, issue_id: int) -> tuple[Issue, Newsletter] | None:
    """Return an issue that may be tipped now: sent, shown, public, of a newsletter that has tips switched on (E5)."""
    row = session.execute(
        select(Issue, Newsletter)
        .join(Newsletter, Newsletter.id == Issue.newsletter_id)
        .where(
            Issue.id == issue_id,
            Issue.state == SENT,
            Issue.withdrawn_at.is_(None),
            Newsletter.tips_since.is_not(None),
            Newsletter.archive_access == PUBLIC,
        )
    ).first()
    return (row[0], row[1]) if row else None


def ask_tipper(session: Session, newsletter: Newsletter, issue: Issue, tip: TypedTip, *, now: datetime) -> None:
    """Mail the tipper a link with which they send the tip themselves; nothing, without a word, beyond the caps."""
    key = hash_address(parse_address(tip.tipper).key)
    if count_notices(session, newsletter.workspace_id, key, ("confirm_tip",), since=now - _DAY) >= MOST_OF_A_READER:
        return
    values = {"sealed": seal_tip(tip, now), "subject": issue.subject}
    ask_for_notice(session, newsletter, "confirm_tip", tip.tipper, tip.language, values, now=now)


def send_tip(session: Session, issue: Issue, newsletter: Newsletter, tip: TypedTip, *, now: datetime) -> bool:
    """Mail the colleague, once for each issue, unless they want none; return whether a mail goes out."""
    key = hash_address(parse_address(tip.colleague).key)
    if _wants_none(session, issue.workspace_id, key) or _has_had(session, issue, key, now):
        return False
    tipper = hash_address(parse_address(tip.tipper).key)
    if _count_since(session, Tip.tipper_hash == tipper, now=now) >= MOST_OF_A_READER:
        return False
    if count_of_newsletter(session, newsletter, now=now) >= MOST_OF_A_NEWSLETTER:
        warn_owners(session, issue.workspace_id, "tips", newsletter.name, now=now)
        return False
    session.add(
        Tip(workspace_id=issue.workspace_id, issue_id=issue.id, address_hash=key, tipper_hash=tipper, tipped_at=now)
    )
    halves = (int.from_bytes(key[:8], "big"), int.from_bytes(key[8:], "big"))
    values = {
        "name": tip.name,
        "tipper": tip.tipper,
        "message": tip.message,
        "subject": issue.subject,
        "newsletter_slug": newsletter.slug,
        "number": issue.path_number,
        "workspace": issue.workspace_id,
        "hash": [str(half) for half in halves],  # as text: JSON's numbers end at 53 bits in other readers
    }
    ask_for_notice(session, newsletter, "tip", tip.colleague, tip.language, values, now=now)
    return True


def count_of_newsletter(session: Session, newsletter: Newsletter, *, now: datetime) -> int:
    """Return how many tips of a newsletter went out within a day."""
    issues = select(Issue.id).where(Issue.newsletter_id == newsletter.id)
    return _count_since(session, Tip.issue_id.in_(issues), now=now)


def forget_tips(session: Session, before: datetime, *, most: int = 1000) -> int:
    """Forget who was tipped before a moment, and that a mail went to them; return how many rows."""
    mails = select(Notice.id).where(Notice.kind == "tip", Notice.state != WAITING, Notice.asked_at < before)
    tips = select(Tip.id).where(Tip.tipped_at < before)
    gone = session.scalars(delete(Notice).where(Notice.id.in_(mails.limit(most))).returning(Notice.id)).all()
    return len(gone) + len(session.scalars(delete(Tip).where(Tip.id.in_(tips.limit(most))).returning(Tip.id)).all())


def block_tips(session: Session, token: str, *, now: datetime) -> None:
    """Send this mailbox no more tips from the workspace; NotFoundError when the link is not ours."""
    workspace_id, key = open_block_link(token)
    row = {"workspace_id": workspace_id, "address_hash": key, "blocked_at": now}
    session.execute(insert_unless_there(session, TipBlock).values(row))


def open_block_link(token: str) -> tuple[int, bytes]:
    """Return workspace and keyed hash of the mailbox."""
    workspace_id, first, last = read_signed("block", token, 3)
    return workspace_id, first.to_bytes(8, "big") + last.to_bytes(8, "big")


def _wants_none(session: Session, workspace_id: int, key: bytes) -> bool:
    """Tell whether the mailbox said no to tips, left us, complained or bounced (case E6)."""
    if session.get(TipBlock, (workspace_id, key)) or find_suppression(session, workspace_id, key):
        return True
    left = (
        select(Subscription.list_id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(
            Subscriber.workspace_id == workspace_id,
            Subscriber.address_hash == key,
            Subscription.state == ENDED,
            Subscription.ended_reason.in_((LEFT, COMPLAINED, BOUNCED)),
        )
    )
    return session.scalar(left.limit(1)) is not None


def _has_had(session: Session, issue: Issue, key: bytes, now: datetime) -> bool:
    """Tell whether somebody has tipped this mailbox of the issue within a day (case E7)."""
    return _count_since(session, Tip.issue_id == issue.id, Tip.address_hash == key, now=now) > 0


def _count_since(session: Session, *conditions: ColumnElement[bool], now: datetime) -> int:
    wanted = select(func.count()).select_from(Tip).where(Tip.tipped_at > now - _DAY, *conditions)
    return session.scalar(wanted) or 0
