"""The stage clock of a slice: where its time goes, in plain numbers that cost a tenth of a microsecond a mail. Pure.

    began = perf_counter(); …; stages.add(COMPOSE, perf_counter() - began)
    stages.count(result.state)

One event loop owns a clock; what `take` returns has been handed over and is not counted again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from mailer.deliveries.stages import STAGES, Spent
from mailer.deliveries.states import State

# The numbers by which the engine names stages: indexes are faster than names.
CLAIM, COMPOSE, CONNECT, WAIT, RECORD, LIMITED, IDLE, SLICE, BUSY, LOST = range(len(STAGES))


class Taken(NamedTuple):
    """What a clock has counted since it was last asked."""

    spent: Spent
    mails: Mapping[str, int]  # by the word of a state


class Stages:
    """Seconds and counts by stage, and results by state."""

    __slots__ = ("_counts", "_mails", "_seconds")

    def __init__(self) -> None:
        self._clear()

    def add(self, stage: int, seconds: float, count: int = 1) -> None:
        """Add time that one connection, or for SLICE and BUSY the slice, has spent."""
        self._seconds[stage] += seconds
        self._counts[stage] += count

    def count(self, state: State) -> None:
        """Count a result."""
        self._mails[state] += 1

    def take(self) -> Taken:
        """Return what was added since the last call, and begin anew."""
        spent = {
            name: (seconds, count)
            for name, seconds, count in zip(STAGES, self._seconds, self._counts, strict=True)
            if seconds or count
        }
        mails = {state.word: count for state, count in zip(State, self._mails, strict=True) if count}
        self._clear()
        return Taken(spent, mails)

    def put_back(self, spent: Spent) -> None:
        """Take back times that could not be stored, so that they are stored with the next ones."""
        for name, (seconds, count) in spent.items():
            self.add(STAGES.index(name), seconds, count)

    def _clear(self) -> None:
        self._seconds = [0.0] * len(STAGES)
        self._counts = [0] * len(STAGES)
        self._mails = [0] * len(State)
