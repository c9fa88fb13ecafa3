"""Consent records: append-only proof of what was agreed or withdrawn, when and through what (GDPR art. 7(1))."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.subscribers.models import Consent, ConsentText, Subscriber

GIVEN, WITHDRAWN = "given", "withdrawn"
LONGEST_SOURCE = 120


def record_given(
    session: Session,
    subscriber: Subscriber,
    list_ids: Iterable[int],
    *,
    now: datetime,
    source: str,
    text_version: str = "",
) -> None:
    """Write down that the subscriber agreed to get mail through these lists, by this version of the text."""
    _record(session, subscriber, list_ids, GIVEN, now, source, text_version)


def record_withdrawn(
    session: Session, subscriber: Subscriber, list_ids: Iterable[int], *, now: datetime, source: str
) -> None:
    _record(session, subscriber, list_ids, WITHDRAWN, now, source, "")


def keep_text(session: Session, workspace_id: int, text: str, language: str, now: datetime) -> str:
    """Keep the words that people agree to, as they are now, and return their version."""
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    row = {
        "workspace_id": workspace_id,
        "version": version,
        "language": language,
        "text": text,
        "first_used_at": now,
    }
    session.execute(insert_unless_there(session, ConsentText).values(row))
    return version


def list_consents(session: Session, subscriber: Subscriber) -> list[Consent]:
    """Return everything the subscriber agreed to or withdrew, oldest first."""
    wanted = select(Consent).where(Consent.subscriber_id == subscriber.id).order_by(Consent.id)
    return list(session.scalars(wanted))


def _record(
    session: Session,
    subscriber: Subscriber,
    list_ids: Iterable[int],
    verb: str,
    now: datetime,
    source: str,
    text_version: str,
) -> None:
    rows = [
        {
            "workspace_id": subscriber.workspace_id,
            "subscriber_id": subscriber.id,
            "list_id": list_id,
            "verb": verb,
            "source": source[:LONGEST_SOURCE],
            "text_version": text_version,
            "at": now,
        }
        for list_id in list_ids
    ]
    if rows:
        session.execute(insert(Consent), rows)
