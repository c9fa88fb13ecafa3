"""Buckets, slowing and health as arithmetic: for whatever times and chances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine.bucket import Bucket, block_of, burst_of
from worker.engine.health import FAILURES, FIRST_SECONDS, LONGEST_SECONDS, PROBE_SECONDS, Health, pause_seconds
from worker.engine.slowing import LEAST_PER_SECOND, RECOVERY_SECONDS, SETTLE_SECONDS, Slowing, slow_down

rates = st.floats(0.01, 10_000)
steps = st.lists(st.tuples(st.floats(0, 10), st.integers(0, 2000), st.integers(0, 1)), max_size=40)


@given(rates, steps)
def test_a_bucket_never_grants_more_than_its_rate_and_a_burst(rate: float, asked: list[tuple[float, int, int]]) -> None:
    bucket, granted, now, credit = Bucket.full(rate, 0.0), 0, 0.0, 0
    for seconds, wanted, spent in asked:
        now += seconds
        bucket, count = bucket.draw(rate, wanted, spent, now)
        assert 0 <= count <= wanted
        granted, credit = granted + count, credit + spent
        assert granted <= burst_of(rate) + now * rate + 1e-6 * now * rate + 1e-6
        assert granted + credit <= burst_of(rate) + now * rate + credit + 1e-6 * (1 + now * rate)


@given(rates, st.integers(1, 5))
def test_after_the_wait_of_an_empty_bucket_there_is_a_token(rate: float, spent: int) -> None:
    bucket, _ = Bucket(0.0, 0.0).draw(rate, 0, spent, 0.0)
    assert bucket.draw(rate, 1, 0, bucket.wait(rate) * 0.99)[1] == 0
    assert bucket.draw(rate, 1, 0, bucket.wait(rate) * 1.001 + 1e-6)[1] == 1


def test_a_clock_that_goes_back_takes_nothing_and_gives_nothing() -> None:
    assert Bucket(3.0, 100.0).draw(20, 5, 0, 50.0)[1] == 3


@given(rates)
def test_a_block_fits_into_a_bucket(rate: float) -> None:
    assert 1 <= block_of(rate) <= burst_of(rate)


@given(st.floats(0, 1000), st.lists(st.floats(0, 2000), max_size=30))
def test_slowing_keeps_within_its_bounds_and_ends(present: float, pauses: list[float]) -> None:
    now, slowing = 0.0, slow_down(None, present, 0.0)
    for pause in pauses:
        now += pause
        slowing = slow_down(slowing, present, now)
        assert LEAST_PER_SECOND <= slowing.rate_at(now) <= slowing.before
    assert slowing.is_over(now + RECOVERY_SECONDS + 1)
    assert not slowing.is_over(now)


def test_slowing_halves_once_for_answers_that_come_together_and_grows_by_equal_steps() -> None:
    first = slow_down(None, 100, 0)
    assert first == Slowing(50, 100, 0)
    assert slow_down(first, 100, SETTLE_SECONDS - 1) == first
    assert slow_down(first, 100, 60) == Slowing(30, 100, 60)
    assert [first.rate_at(minute * 60) for minute in range(7)] == [50, 60, 70, 80, 90, 100, 100]


def test_a_relay_is_down_after_some_failures_in_a_row_and_not_before() -> None:
    health = Health()
    for _ in range(FAILURES - 1):
        health.failed("a", 0, 0.5)
    health.succeeded("a")
    for _ in range(FAILURES - 1):
        health.failed("a", 1, 0.5)
    assert not health.down(1)
    health.failed("a", 1, 0.5)
    assert health.down(1) == {"a": 1 + FIRST_SECONDS}
    assert not health.down(1 + FIRST_SECONDS)


def test_one_probe_at_a_time_and_each_that_fails_doubles_the_pause() -> None:
    health, now, pauses = Health(), 0.0, []
    for _ in range(FAILURES + 7):
        health.failed("a", now, 0.5)  # ten connections fail together: that is one pause, not seven more
    for _ in range(6):
        pauses.append(health.down(now)["a"] - now)
        now = health.down(now)["a"]
        assert not health.down(now)
        health.note_try("a", now)
        assert health.down(now) == {"a": now + PROBE_SECONDS}
        now += 0.1
        health.failed("a", now, 0.5)
    assert pauses == pytest.approx([5, 10, 20, 40, 60, 60])
    now = health.down(now)["a"]
    health.note_try("a", now)
    health.succeeded("a")
    assert not health.down(now)
    for _ in range(FAILURES):
        health.failed("a", now, 0.5)
    assert health.down(now)["a"] == pytest.approx(now + FIRST_SECONDS)


def test_a_probe_that_says_nothing_does_not_keep_a_relay_down() -> None:
    health = Health()
    for _ in range(FAILURES):
        health.failed("a", 0, 0.5)
    health.note_try("a", 10)
    assert not health.down(10 + PROBE_SECONDS)


def test_a_relay_in_trouble_takes_no_other_down() -> None:
    health = Health()
    for _ in range(FAILURES):
        health.failed("a", 0, 0.5)
    health.note_try("b", 0)
    assert list(health.down(0)) == ["a"]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_spread_and_bounded(pauses: int, chance: float) -> None:
    assert FIRST_SECONDS * 0.8 <= pause_seconds(pauses, chance) <= LONGEST_SECONDS * 1.2 + 1e-9
