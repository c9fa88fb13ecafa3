"""The states of a delivery and which may follow which: data, tested exhaustively. Pure.

    planned → claimed → on_the_wire → sent | deferred | failed | skipped | held

`claimed` is told by the lease of the delivery's batch and `on_the_wire` by the worker's journal while it works; both
are uncertain after a crash and are settled by `deliveries.recover`.
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

    @property
    def word(self) -> str:
        """The name in reports and JSON."""
        return self.name.lower()


OPEN = frozenset({State.PLANNED, State.CLAIMED, State.ON_THE_WIRE, State.DEFERRED})
ENDED = frozenset({State.SENT, State.FAILED, State.SKIPPED, State.HELD})

FOLLOWERS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CLAIMED, State.SKIPPED}),
    # planned again when the worker died before it said anything to the relay
    State.CLAIMED: frozenset({State.PLANNED, State.ON_THE_WIRE, State.SKIPPED, State.HELD}),
    # planned again, marked "may be doubled", when nobody knows whether the relay took it
    State.ON_THE_WIRE: frozenset({State.PLANNED, State.SENT, State.DEFERRED, State.FAILED, State.HELD}),
    State.DEFERRED: frozenset({State.CLAIMED, State.SKIPPED, State.FAILED}),
    State.HELD: frozenset({State.PLANNED, State.SKIPPED}),
    State.SENT: frozenset(),
    State.FAILED: frozenset(),
    State.SKIPPED: frozenset(),
}
