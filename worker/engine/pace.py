"""When to try again: the waiting times after a relay said "later", and between attempts to connect. Pure."""

from datetime import timedelta

GIVE_UP_AFTER = timedelta(hours=48)  # of trying: while a dispatch is held or paused, nobody's time runs out
RETRY_MINUTES = (1, 5, 15, 60)
RECONNECT_SECONDS = (0.5, 1, 2, 5, 10)
_SPREAD = 0.2


def retry_delay(attempt: int, chance: float) -> timedelta:
    """Return how long to wait after the `attempt`-th try (from 1), spread by `chance` (0 to 1) by ±20 per cent.

    The spread keeps a thousand readers of one slow domain from coming back in the same second.
    """
    minutes = RETRY_MINUTES[min(attempt, len(RETRY_MINUTES)) - 1]
    return timedelta(minutes=minutes * (1 - _SPREAD + 2 * _SPREAD * chance))


def gives_up(attempt: int) -> bool:
    """Tell whether the `attempt`-th try (from 1) was the last one: the waiting times before it add up to 48 hours."""
    waited = sum(RETRY_MINUTES[min(tried, len(RETRY_MINUTES)) - 1] for tried in range(1, attempt))
    return timedelta(minutes=waited) >= GIVE_UP_AFTER


def reconnect_delay(failures: int) -> float:
    """Return the seconds to wait after `failures` failed connections in a row (from 1)."""
    return RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS)) - 1]
