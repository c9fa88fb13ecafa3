"""Where the time went, in words: the sentence follows from the numbers, and does not promise what they do not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.deliveries.stages import OF_CONNECTION, STAGES, Spent
from mailer.deliveries.verdict import weigh

RELAY = {"wait": (92.0, 511), "compose": (4.0, 500), "record": (3.0, 20), "connect": (1.0, 10)}


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        ({}, ["No worker has spent any time on it yet."]),
        ({"slice": (15.0, 1)}, ["No worker has spent any time on it yet."]),
        (RELAY, ["The relay takes 92 % of the time: it answers after 180 ms.", "More connections", "would help if"]),
        (RELAY | {"slice": (10.0, 1), "busy": (1.0, 1)}, ["The relay takes 92 %", "would help if"]),
        (RELAY | {"slice": (10.0, 1), "busy": (6.0, 1)}, ["The relay takes 92 %", "computes 60 %", "help little"]),
        (RELAY | {"slice": (10.0, 1), "busy": (9.5, 1)}, ["The worker computes 95 %", "more connections would not"]),
        (RELAY | {"limited": (100.0, 5)}, ["Limits hold it back 50 %", "not otherwise"]),
        (RELAY | {"limited": (10.0, 5)}, ["The relay takes 84 %"]),
        ({"connect": (60.0, 50), "wait": (40.0, 500), "compose": (0.0, 500)}, ["Connecting", "1.2 s each", "10 mails"]),
        ({"connect": (60.0, 5), "wait": (40.0, 500), "compose": (0.0, 500)}, ["With fewer connections"]),
        ({"connect": (60.0, 0)}, ["Connecting takes 100 %"]),
        ({"claim": (6.0, 10), "wait": (4.0, 50)}, ["wait for readers 60 %", "600 ms for each batch"]),
        ({"record": (6.0, 10), "wait": (4.0, 50)}, ["Writing results takes 60 %"]),
        ({"compose": (6.0, 100_000), "wait": (4.0, 50)}, ["Making mails takes 60 %", "60 µs each"]),
        ({"idle": (6.0, 10), "wait": (4.0, 50)}, ["nothing to do 60 %", "fewer would do the same"]),
        ({"wait": (9.0, 2000), "idle": (1.0, 1)}, ["answers after 4.5 ms"]),
    ],
)
def test_the_verdict_names_what_takes_the_time(spent: Spent, words: list[str]) -> None:
    said = weigh(spent).verdict
    assert not [word for word in words if word not in said], said


def test_the_figures_of_a_dispatch() -> None:
    times = weigh(RELAY | {"slice": (20.0, 2), "busy": (5.0, 2), "lost": (0.0, 1), "limited": (0.5, 1)})
    assert (times.mails, times.connections_opened, times.round_trips, times.slices) == (500, 10, 511, 2)
    assert (times.mails_per_second, times.busy_share, times.leases_lost) == (25.0, 0.25, 1)
    assert times.limited_seconds == 0.5
    (wait,) = (one for one in times.shares if one.stage == "wait")
    assert wait.us_per_mail == pytest.approx(184_000)


@given(
    st.dictionaries(st.sampled_from(STAGES), st.tuples(st.floats(0, 1e9, allow_subnormal=False), st.integers(0, 2**40)))
)
def test_any_numbers_have_a_verdict_and_shares_that_add_up(spent: Spent) -> None:
    times = weigh(spent)
    assert times.verdict.endswith(".")
    assert [one.stage for one in times.shares] == list(OF_CONNECTION)
    whole = sum(one.share for one in times.shares)
    assert whole == pytest.approx(1) or whole == 0
