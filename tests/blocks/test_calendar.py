"""Calendar files: readable by other programs, with the zone they are meant in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from mailer.clock import LOCAL_ZONE
from mailer.errors import NotFoundError
from mailer.issues.calendars import write_issue_calendar
from tests.blocks.stage import LINKS, THEME, make_document

STAMP = datetime(2016, 11, 2, 8, 0, tzinfo=UTC)
EVENT = {
    "heading": "Möte; lunch, fika",
    "body": "<p>Välkommen till ett långt samtal om vad vi gör tillsammans under nästa år och åren därefter.</p>",
    "start": "2016-12-06T12:00+01:00",
    "end": "2016-12-06T16:30+01:00",
    "place": "Exempelgården",
}


def write(kind: str, data: dict[str, Any], **envelope: Any) -> bytes:  # noqa: ANN401
    document = make_document([{"type": kind, "data": data, **envelope}])
    return write_issue_calendar(document, THEME, LINKS.web, "b1", stamp=STAMP, sequence=3)


def read(kind: str, data: dict[str, Any]) -> list[Any]:
    return list(Calendar.from_ical(write(kind, data)).walk("VEVENT"))


def test_event_has_its_facts_in_local_time() -> None:
    (entry,) = read("event", EVENT)
    assert entry["uid"] == "b1.exempel.2017-1@nyhetsbrev.example.org"
    assert entry["summary"] == "Möte; lunch, fika"
    assert entry.decoded("dtstart") == datetime(2016, 12, 6, 12, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
    assert entry["dtstart"].params["TZID"] == "Europe/Stockholm"
    assert entry["sequence"] == 3
    assert entry["status"] == "CONFIRMED"


def test_file_has_a_timezone_folded_lines_and_no_people() -> None:
    written = write("event", EVENT | {"rsvp_to": {"email": "anmalan@example.org"}})
    assert written.index(b"BEGIN:VTIMEZONE") < written.index(b"BEGIN:VEVENT")
    assert b"COMMENT" not in written
    assert b"METHOD:PUBLISH" in written
    assert b"ATTENDEE" not in written
    assert b"ORGANIZER" not in written
    assert b"\r\n" in written
    assert max(map(len, written.split(b"\r\n"))) <= 75


def test_the_timezone_of_the_file_changes_when_the_zone_does() -> None:
    (zone,) = Calendar.from_ical(write("event", EVENT)).walk("VTIMEZONE")
    for observance in zone.subcomponents:
        written = observance["rrule"].to_ical()
        starts = written.decode() if isinstance(written, bytes) else str(written)
        first = observance.decoded("dtstart").replace(tzinfo=UTC) - observance.decoded("tzoffsetfrom")
        months = {"DAYLIGHT": 3, "STANDARD": 10}
        assert starts == f"FREQ=YEARLY;BYDAY=-1SU;BYMONTH={months[str(observance.name)]}"
        for year in (1996, 2016, 2026, 2050):
            last_sunday = max(
                day for number in range(25, 32) if (day := first.replace(year=year, day=number)).weekday() == 6
            )
            before, after = (
                (last_sunday + timedelta(seconds=shift)).astimezone(LOCAL_ZONE).utcoffset() for shift in (-1, 0)
            )
            assert (before, after) == (observance.decoded("tzoffsetfrom"), observance.decoded("tzoffsetto"))


def test_cancelled_event_is_cancelled_in_the_calendar() -> None:
    assert read("event", EVENT | {"cancelled": True})[0]["status"] == "CANCELLED"


def test_dates_take_their_own_time_or_the_common_one() -> None:
    rows = [
        {"date": "2017-05-11"},
        {"date": "2017-09-28", "start": "13:00", "tentative": True},
    ]
    first, second = read("dates", {"heading": "Möten", "common_time": "kl. 12.00–16.00", "rows": rows})
    assert (first.decoded("dtstart").hour, first.decoded("dtend").hour) == (12, 16)
    assert second.decoded("dtstart").hour == 13
    assert second["status"] == "TENTATIVE"
    assert first["uid"] != second["uid"]


def test_date_without_any_time_fills_the_day() -> None:
    assert read("dates", {"heading": "Öppet hus", "rows": [{"date": "2017-05-03"}]})[0].decoded("dtstart") == date(
        2017, 5, 3
    )


def test_the_same_block_of_two_newsletters_is_two_events() -> None:
    uids = set()
    for block_id, path in (("mote", "bladet"), ("mote", "brevet"), ("mote-bla", "det"), ("mote", "bla-det")):
        document = make_document([{"type": "event", "id": block_id, "data": EVENT}])
        url = f"https://nyhetsbrev.example.org/n/{path}/2017-1"
        written = Calendar.from_ical(write_issue_calendar(document, THEME, url, block_id, stamp=STAMP))
        uids.add(str(written.walk("VEVENT")[0]["uid"]))
    assert len(uids) == 4


@pytest.mark.parametrize(
    ("kind", "data", "envelope"),
    [
        ("text", {"body": "Hej"}, {}),
        ("event", {"heading": "Möte", "tentative": "i maj", "place": "Här"}, {}),
        ("event", EVENT, {"audience": ["parter"]}),
    ],
)
def test_other_blocks_have_no_calendar_file(kind: str, data: dict[str, Any], envelope: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError):
        write(kind, data, **envelope)
