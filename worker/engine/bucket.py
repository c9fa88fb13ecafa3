"""A token bucket, for a rate that several processes share: arithmetic with the time given. Pure.

The script in `shared_rates` does the same inside Redis; a test compares the two.
"""

from dataclasses import dataclass
from typing import Self

# A bucket holds a fifth of a second's worth: more would let a rate be far exceeded after a pause, less would leave
# mails unsent when a process comes late by the time of a few round trips.
BURST_SECONDS = 0.2
# What a process takes at a time and spends by itself.
BLOCK_SECONDS = 0.1


@dataclass(frozen=True)
class Bucket:
    """`tokens` at the time `at`; below nothing when more was spent on credit than there was."""

    tokens: float
    at: float

    @classmethod
    def full(cls, rate: float, now: float) -> Self:
        return cls(burst_of(rate), now)

    def draw(self, rate: float, wanted: int, spent: int, now: float) -> tuple["Bucket", int]:
        """Take up to `wanted` whole tokens; `spent` were spent on credit before and are taken in any case."""
        tokens = min(burst_of(rate), self.tokens + max(0.0, now - self.at) * rate) - spent
        granted = max(0, min(wanted, int(tokens)))
        return Bucket(tokens - granted, now), granted

    def wait(self, rate: float) -> float:
        """Return the seconds from `at` until there is a whole token."""
        return max(0.0, (1 - self.tokens) / rate)


def burst_of(rate: float) -> float:
    """Return how many tokens a bucket of `rate` per second holds at the most."""
    return max(1.0, rate * BURST_SECONDS)


def block_of(rate: float) -> int:
    """Return how many tokens a process takes at a time."""
    return max(1, int(rate * BLOCK_SECONDS))
