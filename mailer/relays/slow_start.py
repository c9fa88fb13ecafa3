"""Slow start: mailbox providers distrust a domain that sends much on its first day, so a new one doubles day by day."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.relays.models import SenderDomain
from mailer.relays.quotas import Quota

ENOUGH_PER_DAY = 1_000_000  # who has come so far is known by now


def allowed_per_day(first_sent_on: date, today: date, per_day: int) -> int | None:
    """Return how many mails a domain may send today when it began with `per_day`; None when as many as it likes."""
    doublings = min(max(0, (today - first_sent_on).days), ENOUGH_PER_DAY.bit_length())
    allowed = per_day << doublings
    return allowed if per_day and allowed < ENOUGH_PER_DAY else None


def key_of_sender(domain: str) -> str:
    return f"sender:{domain}"


def note_sender(session: Session, domain: str, today: date) -> date:
    """Return the day on which a domain first sent, which is today when nobody knows of another.

    Called for every dispatch, slow start or not: who turns it on later must not slow down those who are known.
    """
    known = session.scalar(select(SenderDomain.first_sent_on).where(SenderDomain.domain == domain))
    if known:
        return known
    session.execute(insert_unless_there(session, SenderDomain).values(domain=domain, first_sent_on=today))
    return session.scalars(select(SenderDomain.first_sent_on).where(SenderDomain.domain == domain)).one()


def find_first_days(session: Session, domains: list[str]) -> dict[str, date]:
    """Return the first day of each of the domains that have sent."""
    rows = session.execute(select(SenderDomain).where(SenderDomain.domain.in_(domains))).scalars()
    return {row.domain: row.first_sent_on for row in rows}


def slow_start_quota(domain: str, first_sent_on: date, today: date, per_day: int) -> Quota | None:
    """Return the quota of a sender's domain today, to reserve from as from a relay's; None when it has none."""
    allowed = allowed_per_day(first_sent_on, today, per_day)
    return None if allowed is None else Quota(key_of_sender(domain), per_day=allowed)
