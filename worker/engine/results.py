"""From a relay's answer to what is recorded of a delivery. Pure."""

from datetime import datetime

from mailer.deliveries.claim import Reader
from mailer.deliveries.states import State
from mailer.deliveries.writing import Result
from worker.engine.outcome import Answer, Fate, Verdict
from worker.engine.pace import gives_up, retry_delay


def make_result(reader: Reader, answer: Answer, verdict: Verdict, *, now: datetime, chance: float) -> Result:
    """Return the result of a try; `chance` (0 to 1) spreads the time of the next one."""
    attempt = reader.attempt + 1
    if verdict.fate is Fate.SENT:
        return Result(reader.sequence, State.SENT, "", answer.code, "", None, attempt)
    note = f"{answer.stage}: {answer.code or 'no answer'} {answer.text}"
    if verdict.fate is Fate.FAILED or gives_up(attempt):
        reason = verdict.reason if verdict.fate is Fate.FAILED else "gave_up"
        return Result(reader.sequence, State.FAILED, reason, answer.code, note, attempt=attempt)
    return Result(
        reader.sequence,
        State.DEFERRED,
        verdict.reason,
        answer.code,
        note,
        due_at=now + retry_delay(attempt, chance),
        attempt=attempt,
        may_be_doubled=verdict.fate is Fate.UNKNOWN,
    )


class Suspicion:
    """Whether the relay refuses this content to everybody: then nobody fails, and the dispatch is held.

    Until one mail has been taken, refusals of content are kept back; when as many as `limit` have come, or there is
    nobody left to ask, it is the content that is refused and not the readers.
    """

    def __init__(self, *, is_cleared: bool, limit: int) -> None:
        self.is_cleared, self._limit = is_cleared, limit
        self.kept_back = 0

    def keeps_back(self, verdict: Verdict) -> bool:
        """Tell whether this verdict must wait for what others get."""
        is_suspect = not self.is_cleared and verdict.reason == "content_refused"
        self.kept_back += is_suspect
        return is_suspect

    @property
    def is_confirmed(self) -> bool:
        return not self.is_cleared and self.kept_back >= self._limit
