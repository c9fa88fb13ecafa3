"""How many connections to use: few at first, more while they bring more. Pure.

A relay on this machine is busy with two; one that answers after 20 ms needs them all; one that thinks over every
connection gets slower with each. Only trying tells.
"""

FIRST = 2
_GAIN = 1.1  # twice the connections that bring less than a tenth more are not worth it
_MAILS_A_CONNECTION = 8  # fewer mails say nothing about the rate
_PATIENCE_SECONDS = 5.0  # but a slow relay is not waited for longer


class Ramp:
    """Fed with what was sent so far, tells how many connections there should be; remembered between slices."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.connections = min(FIRST, most)
        self._best_rate = 0.0
        self._since: tuple[float, int] | None = None
        self._is_settled = False

    def start(self, seconds: float, sent: int) -> None:
        """Begin to measure at `seconds` (monotonic); a new slice tries whether more would bring more by now."""
        self._since = (seconds, sent)
        self._is_settled, self._best_rate = False, 0.0

    def observe(self, seconds: float, sent: int) -> int:
        """Return how many connections there should be now that `sent` mails have been taken in all."""
        if self._since is None or self._is_settled:
            return self.connections
        elapsed, mails = seconds - self._since[0], sent - self._since[1]
        if elapsed <= 0 or (mails < _MAILS_A_CONNECTION * self.connections and elapsed < _PATIENCE_SECONDS):
            return self.connections
        rate = mails / elapsed
        if rate > self._best_rate * _GAIN and self.connections < self._most:
            self._best_rate, self._since = rate, (seconds, sent)
            self.connections = min(self._most, self.connections * 2)
        else:
            self._is_settled = True
        return self.connections
