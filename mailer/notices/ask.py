"""Asking for a notice: a row in the caller's transaction, and a wake-up call after its commit."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.jobs import notices_later
from mailer.mime.address import parse_address
from mailer.newsletters.models import Newsletter
from mailer.notices.kinds import KINDS
from mailer.notices.models import Notice
from mailer.tokens import hash_address


def ask_for_notice(
    session: Session,
    newsletter: Newsletter,
    kind: str,
    address: str,
    language: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> Notice:
    """Send a mail of this kind to `address` as soon as a worker can, from the newsletter's sender.

    `values` hold ids, numbers and the workspace's own words, as the kind's `example` shows; no token, and nothing that
    a stranger typed. ValueError when `address` is none.
    """
    return _store(session, newsletter.workspace_id, newsletter.id, kind, address, language, values, now)


def ask_for_member_notice(
    session: Session,
    workspace_id: int,
    kind: str,
    address: str,
    language: str,
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> Notice:
    """Send a mail of this kind to somebody who works in the workspace or is to; otherwise as `ask_for_notice`."""
    return _store(session, workspace_id, None, kind, address, language, values, now)


def _store(
    session: Session,
    workspace_id: int,
    newsletter_id: int | None,
    kind: str,
    address: str,
    language: str,
    values: Mapping[str, Any],
    now: datetime,
) -> Notice:
    assert KINDS[kind].example.keys() == values.keys(), kind  # noqa: S101 - a mistake of ours
    parsed = parse_address(address)
    notice = Notice(
        workspace_id=workspace_id,
        newsletter_id=newsletter_id,
        kind=kind,
        address=parsed.address,
        address_hash=hash_address(parsed.key),
        language=language,
        values=dict(values),
        due_at=now,
        asked_at=now,
    )
    session.add(notice)
    session.flush()
    notices_later(session)
    return notice


def count_notices(
    session: Session, workspace_id: int, address_hash: bytes, kinds: Collection[str], *, since: datetime
) -> int:
    """Return how many notices of these kinds a mailbox was to get since then, whatever became of them."""
    wanted = select(func.count()).where(
        Notice.workspace_id == workspace_id,
        Notice.address_hash == address_hash,
        Notice.kind.in_(kinds),
        Notice.asked_at >= since,
    )
    return session.scalar(wanted) or 0
