"""The states of a delivery and which may follow which: data, tested exhaustively, and asked by every write. Pure.

    planned → claimed → on_the_wire → sent | deferred | failed | skipped | held

Only planned, deferred, held and the ended states are stored. `claimed` is told by the lease of the delivery's batch and
`on_the_wire` by the worker's journal while it works; both are uncertain after a crash and settled by `recover`.
"""

from enum import IntEnum


class State(IntEnum):
    PLANNED = 0
    CLAIMED = 1
    ON_THE_WIRE = 2
    SENT = 3
    DEFERRED = 4  # the relay said "later"; `due_at` tells when
    FAILED = 5
    SKIPPED = 6  # never offered to a relay; the reason tells why
    HELD = 7  # needs a person

    __hash__ = int.__hash__  # Enum's own is written in Python, and every result is grouped by its state

    @property
    def word(self) -> str:
        """The name in reports and JSON."""
        return self.name.lower()


OPEN = frozenset({State.PLANNED, State.CLAIMED, State.ON_THE_WIRE, State.DEFERRED})
ENDED = frozenset({State.SENT, State.FAILED, State.SKIPPED})

FOLLOWERS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CLAIMED, State.SKIPPED}),
    # Planned again when the worker died before it said anything to the relay; deferred or failed when the relay
    # refused the recipient, before the body was written.
    State.CLAIMED: frozenset(
        {State.PLANNED, State.ON_THE_WIRE, State.DEFERRED, State.FAILED, State.SKIPPED, State.HELD}
    ),
    # planned again, marked "may be doubled", when nobody knows whether the relay took it
    State.ON_THE_WIRE: frozenset({State.PLANNED, State.SENT, State.DEFERRED, State.FAILED, State.HELD}),
    State.DEFERRED: frozenset({State.CLAIMED, State.SKIPPED}),
    State.HELD: frozenset({State.PLANNED, State.SKIPPED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.SKIPPED: frozenset(),
}

_STORED = frozenset(State) - {State.CLAIMED, State.ON_THE_WIRE}


def sources_for_claimer(target: State) -> frozenset[State]:
    """Return the stored states from which whoever has claimed a delivery may write `target`."""
    reached = FOLLOWERS[State.CLAIMED] | FOLLOWERS[State.ON_THE_WIRE]
    if target not in reached:
        return frozenset()
    return frozenset(state for state in _STORED if State.CLAIMED in FOLLOWERS[state])


def sources_for_anybody(target: State) -> frozenset[State]:
    """Return the stored states from which a delivery that nobody has claimed may become `target`."""
    return frozenset(state for state in _STORED if target in FOLLOWERS[state])
