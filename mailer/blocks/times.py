"""Field kinds for days and times: ISO in storage, the zone of the house in between, words when they are shown."""

import re
from datetime import date, datetime, time
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from mailer.clock import LOCAL_ZONE


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("write date and time, for example 2016-12-06T12:00+01:00")
    return moment.replace(tzinfo=LOCAL_ZONE) if moment.tzinfo is None else moment.astimezone(LOCAL_ZONE)


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError("write a date that exists, for example 2016-12-06") from error


def _clock(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"([01]?\d|2[0-3])[:.][0-5]\d", value):
        raise ValueError("write a time, for example 16:30")
    hour, minute = re.split("[:.]", value)
    return time(int(hour), int(minute))


def _moment_or_day(value: object) -> object:
    return _moment(value) if isinstance(value, str) and "T" in value else _day(value)


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
