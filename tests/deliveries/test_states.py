"""The state table of deliveries."""

from mailer.deliveries.states import ENDED, FOLLOWERS, OPEN, State, sources_for_anybody, sources_for_claimer


def test_every_state_is_open_ended_or_held_and_has_a_row() -> None:
    assert set(State) == OPEN | ENDED | {State.HELD} == set(FOLLOWERS)
    assert not OPEN & ENDED


def test_a_claimer_writes_only_over_what_is_planned_or_deferred() -> None:
    for target in State:
        expected = set() if target == State.CLAIMED else {State.PLANNED, State.DEFERRED}
        assert sources_for_claimer(target) == expected


def test_without_a_claim_only_what_waits_or_is_held_can_be_skipped_and_only_held_be_planned() -> None:
    assert sources_for_anybody(State.SKIPPED) == {State.PLANNED, State.DEFERRED, State.HELD}
    assert sources_for_anybody(State.PLANNED) == {State.HELD}
    assert sources_for_anybody(State.SENT) == set()


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
