"""Whether mail has to wait because quotas are used up, and until when: for those who ask why nothing goes out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from mailer.config import get_settings
from mailer.relays.queries import key_of, list_relays
from mailer.relays.quotas import Quota, Usage, quota_of, read_usage, start_of_day, start_of_hour
from mailer.relays.slow_start import find_first_days, slow_start_quota
from mailer.relays.terms import parse_relay_urls


@dataclass(frozen=True)
class Wait:
    """More goes out from `until` on, when the quota of the relays, or of a new sender's domain, begins anew."""

    until: datetime
    of: Literal["relay", "sender"]


def find_wait(session: Session, workspace_id: int, sender_email: str, *, now: datetime) -> Wait | None:
    """Return what a workspace's mail from this address waits for; None when no quota keeps it."""
    relays = _list_quotas(session, workspace_id)
    sender = _quota_of_sender(session, sender_email, now)
    keys = [one.key for one in (*relays, sender) if one]
    if not keys:
        return None
    usage = read_usage(session, keys, now=now)
    if sender and (until := _spent_until(sender, usage[sender.key], now)):
        return Wait(until, "sender")
    ends = [_spent_until(one, usage[one.key], now) if one else None for one in relays]
    spent = [one for one in ends if one]
    return Wait(min(spent), "relay") if spent and len(spent) == len(ends) else None


def _list_quotas(session: Session, workspace_id: int) -> list[Quota | None]:
    """Return the quota of each relay that may be used, None where it has none; no password is unsealed for it."""
    own = list_relays(session, workspace_id)
    if not own:
        return [quota_of(one) for one in parse_relay_urls(get_settings().resolved_smtp_url)]
    return [
        Quota(key_of(one), one.per_hour, one.per_day) if (one.per_hour, one.per_day) != (None, None) else None
        for one in own
        if one.is_enabled
    ]


def _quota_of_sender(session: Session, email: str, now: datetime) -> Quota | None:
    domain = email.rpartition("@")[2].lower()
    first = find_first_days(session, [domain]).get(domain)
    return slow_start_quota(domain, first, now.date(), get_settings().slow_start_per_day) if first else None


def _spent_until(quota: Quota, usage: Usage, now: datetime) -> datetime | None:
    if quota.per_day is not None and usage.today >= quota.per_day:
        return start_of_day(now) + timedelta(days=1)
    if quota.per_hour is not None and usage.this_hour >= quota.per_hour:
        return start_of_hour(now) + timedelta(hours=1)
    return None
