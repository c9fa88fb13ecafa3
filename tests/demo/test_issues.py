"""The demo's issues, whatever the day on which they are made."""

from datetime import date

import pytest

from mailer.blocks.kinds.call import Call
from mailer.blocks.kinds.event import Event
from mailer.clock import LOCAL_ZONE
from mailer.demo.issues import draft_issue, second_issue
from mailer.issues.document import parse_document


@pytest.mark.parametrize("today", [date(2026, 1, 15), date(2026, 6, 15), date(2026, 10, 10), date(2028, 2, 29)])
def test_meetings_begin_at_noon_summer_and_winter(today: date) -> None:
    documents = [parse_document(draft_issue("2026:3", today)), parse_document(second_issue("2026:2", today))]
    kinds = [block.data for document in documents for block in document.blocks]
    (event,) = [data for data in kinds if isinstance(data, Event)]
    (call,) = [data for data in kinds if isinstance(data, Call)]
    assert event.start is not None
    assert event.end is not None
    moments = [moment.astimezone(LOCAL_ZONE).strftime("%H.%M") for moment in (event.start, event.end)]
    assert moments == ["12.00", "16.30"]
    assert f"{call.deadline:%H.%M}" == "16.00"
