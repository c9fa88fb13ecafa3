"""Which relays are down, as this process sees it: a circuit breaker each. Time and chance are given. Pure.

Three failures to connect in a row, and nothing is tried for 5 s; then one connection tries (the probe), and each time
it fails the pause doubles, up to a minute. Whatever succeeds ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FAILURES = 3  # one may be chance, and a relay that takes no more connections is still there for the open ones
FIRST_SECONDS, LONGEST_SECONDS = 5.0, 60.0
# How long others wait for the probe to say something; when its slice was ended it says nothing.
PROBE_SECONDS = 60.0
_SPREAD = 0.2


@dataclass
class _Trouble:
    """`failures` in a row while it was up, `pauses` since it is down, `until` when nothing is tried."""

    failures: int = 0
    pauses: int = 0
    until: float = 0.0
    is_probed: bool = False


class Health:
    """The relays of this process by their keys. A relay without trouble has no entry and costs nothing."""

    def __init__(self) -> None:
        self._troubles: dict[str, _Trouble] = {}

    def down(self, now: float) -> Mapping[str, float]:
        """Return until when each relay is not to be tried, those that are being probed included."""
        return {key: trouble.until for key, trouble in self._troubles.items() if trouble.until > now}

    def note_try(self, key: str, now: float) -> None:
        """Note that a connection is about to be opened; to a relay that was down it is the probe."""
        trouble = self._troubles.get(key)
        if trouble and trouble.pauses and trouble.until <= now:
            trouble.is_probed, trouble.until = True, now + PROBE_SECONDS

    def failed(self, key: str, now: float, chance: float) -> None:
        """Note that a connection could not be opened; `chance` (0 to 1) spreads the next try by ±20 per cent."""
        trouble = self._troubles.setdefault(key, _Trouble())
        if trouble.until > now and not trouble.is_probed:
            return  # was begun before it was down: nothing new
        trouble.failures += 1
        if not trouble.pauses and trouble.failures < FAILURES:
            return
        trouble.pauses += 1
        trouble.is_probed, trouble.until = False, now + pause_seconds(trouble.pauses, chance)

    def succeeded(self, key: str) -> None:
        """Note that a connection was opened or a mail was taken."""
        if self._troubles:
            self._troubles.pop(key, None)


def pause_seconds(pauses: int, chance: float) -> float:
    """Return how long the `pauses`-th pause (from 1) lasts."""
    seconds: float = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(pauses - 1, 10))
    return seconds * (1 - _SPREAD + 2 * _SPREAD * chance)
