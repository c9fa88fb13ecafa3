"""How many mails may go out in a clock hour and a clock day, both in UTC: of a relay, or from a sender's domain.

The database keeps count, since a wiped Redis must not double a quota. Workers reserve a batch's worth at a time and
give back what they did not use. What a killed worker had reserved counts as sent, so that a quota errs on the side of
too few. A clock that is late never opens a past hour again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, case, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from mailer.db import UtcDateTime, insert_unless_there
from mailer.relays.models import SendingQuota
from mailer.relays.terms import RelayOption

Number = ColumnElement[int]

_FOREVER = 2**62  # what is not limited


@dataclass(frozen=True)
class Quota:
    """`key` is that of a relay, or made by `slow_start`."""

    key: str
    per_hour: int | None = None
    per_day: int | None = None


@dataclass(frozen=True)
class Reservation:
    """`granted` mails may be sent in the hour that begins at `hour_at`. There is more from `more_at` on."""

    key: str
    granted: int
    hour_at: datetime
    more_at: datetime

    @property
    def ends_at(self) -> datetime:
        return self.hour_at + timedelta(hours=1)


@dataclass(frozen=True)
class Usage:
    """What was reserved in the present hour and day."""

    this_hour: int = 0
    today: int = 0


def quota_of(option: RelayOption) -> Quota | None:
    """Return the quota of a relay; None when it has none."""
    per_hour, per_day = option.terms.per_hour, option.terms.per_day
    return None if per_hour is None and per_day is None else Quota(option.key, per_hour, per_day)


def reserve(session: Session, quota: Quota, wanted: int, *, now: datetime) -> Reservation:
    """Reserve up to `wanted` mails: one UPDATE decides, however many workers ask at once.

    Its row lock lasts until the transaction ends, so keep that short, and reserve of one quota in it.
    """
    hour, day = start_of_hour(now), start_of_day(now)
    fresh = {"key": quota.key, "hour_at": hour, "day_at": day, "hour_taken": 0, "day_taken": 0, "granted": 0}
    session.execute(insert_unless_there(session, SendingQuota).values(fresh))
    hour_taken = _taken_since(SendingQuota.hour_at, SendingQuota.hour_taken, hour)
    day_taken = _taken_since(SendingQuota.day_at, SendingQuota.day_taken, day)
    granted = _smaller(_left(quota.per_hour, hour_taken), _left(quota.per_day, day_taken))
    granted = _smaller(literal(max(0, wanted), BigInteger), granted)
    row = session.execute(
        update(SendingQuota)
        .where(SendingQuota.key == quota.key)
        .values(
            granted=granted,
            hour_taken=hour_taken + granted,
            day_taken=day_taken + granted,
            hour_at=_later(SendingQuota.hour_at, hour),
            day_at=_later(SendingQuota.day_at, day),
        )
        .returning(SendingQuota.granted, SendingQuota.hour_at, SendingQuota.day_at, SendingQuota.day_taken)
        .execution_options(synchronize_session=False)
    ).one()
    is_day_over = quota.per_day is not None and row.day_taken >= quota.per_day
    more_at = row.day_at + timedelta(days=1) if is_day_over else row.hour_at + timedelta(hours=1)
    return Reservation(quota.key, row.granted, row.hour_at, now if row.granted == wanted else more_at)


def give_back(session: Session, key: str, unused: int, *, hour_at: datetime) -> None:
    """Give back what was reserved in the hour `hour_at` and not used, once. It changes no hour or day that is over."""
    day_at = start_of_day(hour_at)
    session.execute(
        update(SendingQuota)
        .where(SendingQuota.key == key)
        .values(
            hour_taken=SendingQuota.hour_taken - case((SendingQuota.hour_at == hour_at, unused), else_=0),
            day_taken=SendingQuota.day_taken - case((SendingQuota.day_at == day_at, unused), else_=0),
        )
        .execution_options(synchronize_session=False)
    )


def read_usage(session: Session, keys: Sequence[str], *, now: datetime) -> dict[str, Usage]:
    """Return what of each quota has been reserved in the present hour and day."""
    usage = dict.fromkeys(keys, Usage())
    for row in session.scalars(select(SendingQuota).where(SendingQuota.key.in_(keys))):
        this_hour = row.hour_taken if row.hour_at >= start_of_hour(now) else 0
        usage[row.key] = Usage(this_hour, row.day_taken if row.day_at >= start_of_day(now) else 0)
    return usage


def start_of_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def start_of_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _taken_since(at: InstrumentedAttribute[datetime], taken: InstrumentedAttribute[int], start: datetime) -> Number:
    return case((at < start, 0), else_=taken)


def _later(at: InstrumentedAttribute[datetime], start: datetime) -> ColumnElement[datetime]:
    return case((at < start, literal(start, UtcDateTime)), else_=at)


def _left(most: int | None, taken: Number) -> Number:
    """Return what is left; never below nothing, which a quota that was made smaller would lead to."""
    return literal(_FOREVER, BigInteger) if most is None else case((taken >= most, 0), else_=most - taken)


def _smaller(one: Number, other: Number) -> Number:
    # LEAST on PostgreSQL, MIN on SQLite: this is understood by both.
    return case((one < other, one), else_=other)
