"""How many attempts to join were stopped, by newsletter, day and reason: figures without persons."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.subscribers.models import StoppedCount

TRAP, QUICK, NETWORK, LIST, UNPROVEN = STOPS = ("trap", "quick", "network", "list", "unproven")


def count_stopped(session: Session, newsletter_id: int, reason: str, *, now: datetime) -> None:
    key = {"newsletter_id": newsletter_id, "day": now.date(), "reason": reason}
    session.execute(insert_unless_there(session, StoppedCount).values({**key, "count": 0}))
    mine = [getattr(StoppedCount, name) == value for name, value in key.items()]
    session.execute(update(StoppedCount).where(*mine).values(count=StoppedCount.count + 1))


def sum_stopped(session: Session, newsletter_id: int, *, now: datetime, days: int = 30) -> dict[str, int]:
    """Return the sums of the last days by reason; a reason that did not occur is left out."""
    rows = session.execute(
        select(StoppedCount.reason, func.sum(StoppedCount.count))
        .where(StoppedCount.newsletter_id == newsletter_id, StoppedCount.day > (now - timedelta(days=days)).date())
        .group_by(StoppedCount.reason)
    )
    found = {row[0]: row[1] for row in rows}
    return {reason: found[reason] for reason in STOPS if reason in found}
