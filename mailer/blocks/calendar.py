"""Calendar files (RFC 5545) of events and dates. No attendee data; METHOD PUBLISH asks nobody to answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from icalendar import Calendar, Timezone
from icalendar import Event as Entry

from mailer.blocks.kind import BlockData
from mailer.blocks.kinds.dates import Dates, Meeting
from mailer.blocks.kinds.event import Event
from mailer.clock import LOCAL_ZONE
from mailer.render.merge import fill_for_everybody
from mailer.render.richtext import visible_text

_TIMES = re.compile(r"(\d{1,2})[.:](\d\d)(?:\s*[–-]\s*(\d{1,2})[.:](\d\d))?")

# LOCAL_ZONE by the rule in force since 1996. An observance starts at the wall time of the offset before it (RFC 5545
# §3.6.5), so both start at 01:00 UTC; the library would write summer time an hour late, and as a list of days.
_ZONE = f"""BEGIN:VTIMEZONE
TZID:{LOCAL_ZONE.key}
BEGIN:DAYLIGHT
DTSTART:19960331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Source:
    """Where a calendar file comes from: `uid` distinguishes the block in the world, `sequence` grows with each edit."""

    uid: str
    url: str
    organisation: str
    lang: str
    stamp: datetime
    sequence: int = 0


def has_calendar(data: BlockData) -> bool:
    """Whether the block has dates to put into a calendar."""
    return isinstance(data, Dates) or (isinstance(data, Event) and data.start is not None)


def write_calendar(data: BlockData, source: Source) -> bytes:
    """Return the block's `.ics` file; ValueError when the kind has no dates."""
    if not has_calendar(data):
        raise ValueError("this block has no dates")
    calendar = Calendar()
    calendar.add("prodid", f"-//{source.organisation}//Mailer//{source.lang.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(Timezone.from_ical(_ZONE))
    for entry in _entries(data, source):
        entry.add("dtstamp", source.stamp)
        entry.add("sequence", source.sequence)
        entry.add("url", source.url)
        calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written


def _entries(data: BlockData, source: Source) -> Iterator[Entry]:
    if isinstance(data, Event):
        yield _event(data, source)
    elif isinstance(data, Dates):
        for row in data.rows:
            yield _meeting(data, row, source)


def _event(event: Event, source: Source) -> Entry:
    place = ", ".join(part for part in (event.place, event.address) if part)
    online = event.online_url if event.online_public else ""
    entry = _entry(source.uid, event.heading, place or online, "CANCELLED" if event.cancelled else "CONFIRMED")
    if event.start is not None:
        entry.add("dtstart", _local(event.start))
    if event.end is not None:
        entry.add("dtend", _local(event.end))
    about = "\n\n".join(
        part for part in (visible_text(fill_for_everybody(event.body)), event.note, online if place else "") if part
    )
    if about:
        entry.add("description", about)
    return entry


def _meeting(dates: Dates, row: Meeting, source: Source) -> Entry:
    start, end = (row.start, row.end) if row.start else _read_times(dates.common_time)
    uid = f"{row.date:%Y%m%d}{start:%H%M}-{source.uid}" if start else f"{row.date:%Y%m%d}-{source.uid}"
    entry = _entry(uid, dates.heading, row.place, "TENTATIVE" if row.tentative else "CONFIRMED")
    if start is None:
        entry.add("dtstart", row.date)
    else:
        entry.add("dtstart", _at(row.date, start))
        if end is not None:
            entry.add("dtend", _at(row.date, end))
    if row.note:
        entry.add("description", row.note)
    return entry


def _entry(uid: str, summary: str, place: str, status: str) -> Entry:
    entry = Entry()
    entry.add("uid", uid)
    entry.add("summary", summary)
    entry.add("status", status)
    if place:
        entry.add("location", place)
    return entry


def _read_times(common_time: str) -> tuple[time | None, time | None]:
    """The times in words such as `12.00–16.00`; (None, None) makes a whole day of it."""
    found = _TIMES.search(common_time)
    if not found:
        return None, None
    try:
        start = time(int(found[1]), int(found[2]))
        end = time(int(found[3]), int(found[4])) if found[3] else None
    except ValueError:
        return None, None
    return start, end if end and end > start else None


def _local(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL_ZONE)


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LOCAL_ZONE)
