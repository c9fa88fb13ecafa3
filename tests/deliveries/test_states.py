"""The state table of deliveries."""

from mailer.deliveries.states import ENDED, FOLLOWERS, OPEN, State


def test_every_state_is_either_open_or_ended_and_has_a_row() -> None:
    assert set(State) == OPEN | ENDED == set(FOLLOWERS)
    assert not OPEN & ENDED


def test_sent_failed_and_skipped_are_final_and_everything_open_can_end() -> None:
    assert {state for state in State if not FOLLOWERS[state]} == {State.SENT, State.FAILED, State.SKIPPED}
    for state in OPEN:
        reached, edge = {state}, {state}
        while edge:
            edge = {after for one in edge for after in FOLLOWERS[one]} - reached
            reached |= edge
        assert State.SENT in reached


def test_nothing_is_sent_without_having_been_on_the_wire() -> None:
    assert {state for state in State if State.SENT in FOLLOWERS[state]} == {State.ON_THE_WIRE}
