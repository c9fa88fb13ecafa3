"""Waiting times grow and spread."""

from datetime import timedelta

import pytest

from worker.engine.pace import gives_up, reconnect_delay, retry_delay


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (40, 60)])
def test_retry_delay_is_spread_by_a_fifth_around_its_step(attempt: int, minutes: int) -> None:
    assert retry_delay(attempt, 0.5) == timedelta(minutes=minutes)
    assert retry_delay(attempt, 0.0) == timedelta(minutes=minutes * 0.8)
    assert retry_delay(attempt, 1.0) == timedelta(minutes=minutes * 1.2)


def test_reconnect_delay_never_shrinks_and_is_bounded() -> None:
    delays = [reconnect_delay(failures) for failures in range(1, 30)]
    assert delays == sorted(delays)
    assert delays[-1] == 10


def test_a_delivery_is_given_up_after_48_hours_of_trying_and_not_before() -> None:
    last = next(attempt for attempt in range(1, 200) if gives_up(attempt))
    waited = sum((retry_delay(attempt, 0.5) for attempt in range(1, last)), timedelta())
    assert timedelta(hours=48) <= waited <= timedelta(hours=49)
    assert not gives_up(1)
