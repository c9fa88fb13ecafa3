"""A domain that is being slowed since a relay said "too fast": halved at once, grown again by equal steps. Pure."""

from dataclasses import dataclass

LEAST_PER_SECOND = 0.1
RECOVERY_SECONDS = 600  # from nothing to the rate before
SETTLE_SECONDS = 5  # answers to mails that were on their way when the rate was halved say nothing new
# Who is slowed from less than this is soon let go again: nothing was known of what would be too fast.
LEAST_BEFORE = 1.0


@dataclass(frozen=True)
class Slowing:
    """`rate` mails per second at the time `at`; over when it has grown to the rate `before`."""

    rate: float
    before: float
    at: float

    def rate_at(self, now: float) -> float:
        """Return the mails per second that may go out now."""
        return min(self.before, self.rate + self.before * max(0.0, now - self.at) / RECOVERY_SECONDS)

    def is_over(self, now: float) -> bool:
        return self.rate_at(now) >= self.before


def slow_down(former: Slowing | None, present_rate: float, now: float) -> Slowing:
    """Return the slowing after another "too fast"; `present_rate` counts only for who is not slowed yet."""
    if former is None or former.is_over(now):
        before = max(present_rate, LEAST_BEFORE)
        return Slowing(max(LEAST_PER_SECOND, present_rate / 2), before, now)
    if now - former.at < SETTLE_SECONDS:
        return former
    return Slowing(max(LEAST_PER_SECOND, former.rate_at(now) / 2), former.before, now)
