"""Quotas in the database: never over, however many ask at once; hours and days in UTC; what is not used comes back."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from mailer.db import transaction
from mailer.relays.models import SendingQuota
from mailer.relays.quotas import Quota, Usage, give_back, read_usage, reserve
from mailer.relays.slow_start import find_first_days, note_sender

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = Quota("relay:1", per_hour=100, per_day=150)

_RESERVE = """
import sys
from datetime import datetime
from mailer.db import transaction
from mailer.relays.quotas import Quota, reserve
quota, now, granted = Quota("relay:1", per_hour=1000), datetime.fromisoformat(sys.argv[1]), 0
for _ in range(60):
    with transaction() as session:
        granted += reserve(session, quota, 7, now=now).granted
print(granted)
"""


def test_the_smaller_of_hour_and_day_is_granted_and_the_next_window_is_told(session: Session) -> None:
    first = reserve(session, BOTH, 80, now=NOON + timedelta(minutes=10))
    assert (first.granted, first.hour_at, first.ends_at) == (80, NOON, NOON + HOUR)
    second = reserve(session, BOTH, 80, now=NOON + timedelta(minutes=20))
    assert (second.granted, second.more_at) == (20, NOON + HOUR)
    third = reserve(session, BOTH, 80, now=NOON + HOUR)
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert (third.granted, third.more_at) == (50, midnight)
    assert reserve(session, BOTH, 80, now=midnight - timedelta(seconds=1)).granted == 0
    assert reserve(session, BOTH, 80, now=midnight).granted == 80
    assert read_usage(session, ["relay:1", "relay:2"], now=midnight) == {"relay:1": Usage(80, 80), "relay:2": Usage()}
    assert read_usage(session, ["relay:1"], now=midnight + DAY) == {"relay:1": Usage()}


def test_what_is_given_back_can_be_reserved_again_but_only_while_its_hour_lasts(session: Session) -> None:
    made = reserve(session, BOTH, 100, now=NOON)
    give_back(session, "relay:1", 30, hour_at=made.hour_at)
    assert reserve(session, BOTH, 100, now=NOON).granted == 30
    later = reserve(session, BOTH, 10, now=NOON + HOUR)
    assert later.granted == 10
    give_back(session, "relay:1", 20, hour_at=made.hour_at)  # the day has them back, the new hour does not
    assert read_usage(session, ["relay:1"], now=NOON + HOUR) == {"relay:1": Usage(10, 90)}
    reserve(session, BOTH, 10, now=NOON + DAY)
    give_back(session, "relay:1", 10, hour_at=later.hour_at)
    assert read_usage(session, ["relay:1"], now=NOON + DAY) == {"relay:1": Usage(10, 10)}


def test_a_clock_that_is_late_does_not_open_a_past_hour_again(session: Session) -> None:
    assert reserve(session, BOTH, 100, now=NOON).granted == 100
    late = reserve(session, BOTH, 100, now=NOON - timedelta(seconds=5))
    assert (late.granted, late.hour_at) == (0, NOON)


def test_a_quota_that_was_made_smaller_grants_nothing_more(session: Session) -> None:
    reserve(session, BOTH, 90, now=NOON)
    assert reserve(session, Quota("relay:1", per_hour=50), 10, now=NOON).granted == 0
    assert reserve(session, Quota("relay:1", per_day=91), 10, now=NOON).granted == 1


def test_quotas_of_two_keys_do_not_touch(session: Session) -> None:
    assert reserve(session, BOTH, 100, now=NOON).granted == 100
    assert reserve(session, Quota("relay:2", per_hour=5), 100, now=NOON).granted == 5


steps = st.lists(
    st.tuples(st.integers(0, 20), st.integers(-2, 90), st.integers(0, 20)), min_size=1, max_size=15
)  # wanted, minutes later, given back


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 60), steps)
def test_no_hour_and_no_day_ever_grants_more_than_its_quota(
    engine: Engine, per_hour: int, per_day: int, taken: list[tuple[int, int, int]]
) -> None:
    quota, now = Quota("relay:1", per_hour, per_day), NOON
    hours: dict[datetime, int] = {}
    with transaction(engine) as session:
        session.execute(delete(SendingQuota))
        for wanted, minutes, unused in taken:
            now += timedelta(minutes=minutes)
            made = reserve(session, quota, wanted, now=now)
            back = min(unused, made.granted)
            give_back(session, quota.key, back, hour_at=made.hour_at)
            hours[made.hour_at] = hours.get(made.hour_at, 0) + made.granted - back
            assert 0 <= made.granted <= wanted
            assert (made.granted == wanted) or made.more_at > now
    assert max(hours.values()) <= per_hour
    days = {hour.date() for hour in hours}
    assert all(sum(count for hour, count in hours.items() if hour.date() == day) <= per_day for day in days)


@pytest.mark.slow
def test_three_processes_that_reserve_at_once_get_the_quota_and_no_more(engine: Engine) -> None:
    command = [sys.executable, "-c", _RESERVE, NOON.isoformat()]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(counts) == 1000
    with transaction(engine) as session:
        assert read_usage(session, ["relay:1"], now=NOON)["relay:1"].this_hour == 1000


def test_the_first_day_of_a_sender_is_kept(session: Session) -> None:
    first = NOON.date()
    assert note_sender(session, "example.org", first) == first
    assert note_sender(session, "example.org", first + DAY) == first
    assert find_first_days(session, ["example.org", "example.net"]) == {"example.org": first}
