"""The metrics of a fault, defined so that any system can be measured the same way.

Everything is counted from the sink's ledger and from who was to get the mail, which the lab worked out by itself; only
`truth` and `orphans` ask the product what it believes.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from mailer.deliveries.states import ENDED
from tests.lab.ledger import Line
from tests.lab.sending import Sending

LATE_SECONDS = 5.0
FIRST_SECONDS = 10.0


@dataclass
class Told:
    """What a fault says of itself: from when mails are awaited, who need not be reached, who must not."""

    in_flight: int = 0  # connections open at a kill, or answers withheld: so many mails may be doubled
    healed_at: float = 0.0  # seconds since 1970
    excused: set[str] = field(default_factory=set)
    barred: dict[str, float] = field(default_factory=dict)  # address → when leaving had been confirmed
    complaints: list[str] = field(default_factory=list)  # what else did not hold
    ends_as: str = "finished"
    restarts: int = 0


@dataclass(frozen=True)
class Figures:
    """One row of the table."""

    fault: str
    at: float
    recipients: int = 0
    lost: int = 0
    dup: int = 0
    wrong: int = 0
    late: int = 0
    bleed: int = 0
    truth: int = 0
    orphans: int = 0
    t_first: float = 0.0
    in_flight: int = 0
    restarts: int = 0  # of processes that ended by themselves
    seconds: float = 0.0
    database: str = ""
    complaints: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every target of the specification is met."""
        zeros = (self.lost, self.wrong, self.late, self.bleed, self.truth, self.orphans)
        return not any(zeros) and self.dup <= self.in_flight and self.t_first <= FIRST_SECONDS and not self.complaints


def measure(sending: Sending, told: Told, *, fault: str, at: float, seconds: float) -> Figures:
    """Return the figures of a dispatch that has ended."""
    lines = sending.sink.list_lines()
    wanted = {person.address for person in sending.people}
    reached = {line.recipient for line in lines}
    states = sending.count_states()
    return Figures(
        fault=fault,
        at=at,
        recipients=len(wanted),
        lost=len(wanted - reached - told.excused - told.barred.keys()),
        dup=len(lines) - len(reached),
        wrong=sum(line.recipient not in wanted for line in lines),
        late=count_late(lines, told.barred),
        bleed=count_bleeding(lines),
        truth=abs(sending.look().deliveries["sent"] - len(reached)),
        orphans=sum(count for state, count in states.items() if state not in ENDED),
        t_first=_seconds_to_first(lines, told.healed_at),
        in_flight=told.in_flight,
        restarts=told.restarts,
        seconds=round(seconds, 1),
        database=sending.plant.shape.database,
        complaints=tuple(told.complaints),
    )


def count_late(lines: Iterable[Line], barred: dict[str, float]) -> int:
    """Count mails begun more than five seconds after their reader had left; `barred` says when that was."""
    return sum(line.mail_from_at > barred.get(line.recipient, line.mail_from_at) + LATE_SECONDS for line in lines)


def count_bleeding(lines: Iterable[Line]) -> int:
    """Count mails that show another reader's number, or a link that another reader's mail shows, too."""
    owners: dict[str, set[str]] = defaultdict(set)
    lines = list(lines)
    for line in lines:
        for mark in line.marks:
            owners[mark].add(line.recipient)
    return sum(any(_is_foreign(mark, line, owners) for mark in line.marks) or not line.marks for line in lines)


def _is_foreign(mark: str, line: Line, owners: dict[str, set[str]]) -> bool:
    if mark.startswith("/"):
        return len(owners[mark]) > 1
    return mark.lower() != line.recipient.partition("@")[0]


def _seconds_to_first(lines: list[Line], healed_at: float) -> float:
    """Return how long after the fault was over the first mail came; 0 when there was none left to come."""
    if not healed_at:
        return 0.0
    later = [line.at for line in lines if line.at >= healed_at]
    return round(min(later) - healed_at, 2) if later else 0.0
