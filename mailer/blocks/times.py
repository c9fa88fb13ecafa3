"""Field kinds for days and times: ISO in storage, the zone of the house in between, words when they are shown."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from mailer.clock import LOCAL_ZONE

# Older is a slip of the finger, later as well; it also keeps dates within what every program can count.
FIRST_YEAR, LAST_YEAR = 1990, 2100
# Python reads much more: 2016-12-06T12-13 as noon in another zone, T16.30 as four o'clock, weeks and days of the year.
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
DayT = TypeVar("DayT", bound=date)


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return _sensible(value)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        if isinstance(value, str) and _DAY.fullmatch(value.partition("T")[0]):
            raise ValueError("write a time, for example 16:30")
        raise ValueError("write date and time, for example 2016-12-06T12:00+01:00")
    if moment.tzinfo is None:
        here = _sensible(moment.replace(tzinfo=LOCAL_ZONE))
        if here.astimezone(UTC).astimezone(LOCAL_ZONE).replace(tzinfo=None) != moment:
            raise ValueError("there is no such time on that day: the clock is put forward")
        return here
    try:
        return _sensible(moment.astimezone(LOCAL_ZONE))
    except OverflowError:  # at the ends of the calendar
        return _sensible(moment)


def _day(value: object) -> object:
    if isinstance(value, date):
        return _sensible(value)
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError("write a date that exists, for example 2016-12-06")
    return _sensible(day)


def _sensible(day: DayT) -> DayT:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"write a date between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _clock(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"([01]?\d|2[0-3])[:.][0-5]\d", value, re.ASCII):
        raise ValueError("write a time, for example 16:30")
    hour, minute = re.split("[:.]", value)
    return time(int(hour), int(minute))


def _moment_or_day(value: object) -> object:
    is_moment = isinstance(value, datetime) or (isinstance(value, str) and "T" in value)
    return _moment(value) if is_moment else _day(value)


def _write(value: date | time) -> str:
    return value.isoformat() if type(value) is date else value.isoformat(timespec="minutes")  # type: ignore[call-arg]  # a time


def _schema(text_format: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": text_format})


_TEXT_FORM = PlainSerializer(_write, return_type=str)
Moment = Annotated[datetime, BeforeValidator(_moment), _TEXT_FORM, _schema("date-time")]
Day = Annotated[date, BeforeValidator(_day), _TEXT_FORM, _schema("date")]
Clock = Annotated[
    time, BeforeValidator(_clock), _TEXT_FORM, WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}[:.]\d\d$"})
]
MomentOrDay = Annotated[
    datetime | date,
    BeforeValidator(_moment_or_day),
    _TEXT_FORM,
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
]
