"""Adding up answers; who gave which is told only where readers knew that it would be."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.blocks.kinds.poll import Poll
from mailer.polls.asking import list_polls
from mailer.polls.models import Vote, VoteSum
from mailer.subscribers.models import Subscriber


@dataclass(frozen=True)
class Line:
    """One answer: how many gave it, in hundredths of all, and who, where that is known and may be told."""

    words: str
    count: int
    percent: int
    people: tuple[Subscriber, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a poll has brought so far."""

    poll: Poll
    counts: Counter[int] = field(default_factory=Counter)
    people: dict[int, list[Subscriber]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.counts.total()

    def iter_lines(self) -> Iterator[Line]:
        for number, words in enumerate(self.poll.answers, 1):
            count = self.counts[number]
            percent = round(100 * count / self.total) if self.total else 0
            yield Line(words, count, percent, tuple(self.people.get(number, ())))


def count_answers(session: Session, issue_id: int) -> dict[str, Counter[int]]:
    """Return how many gave each answer, by the ids of an issue's blocks."""
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    kept = select(Vote.block, Vote.answer, func.count()).where(Vote.issue_id == issue_id)
    for block, answer, count in session.execute(kept.group_by(Vote.block, Vote.answer)):
        counts[block][answer] += count
    sums = select(VoteSum.block, VoteSum.answer, VoteSum.count).where(VoteSum.issue_id == issue_id)
    for block, answer, count in session.execute(sums):
        counts[block][answer] += count
    return counts


def list_results(session: Session, issue_id: int, *, with_people: bool = False) -> dict[str, Result]:
    """Return the results of all polls of a sent issue by the ids of their blocks."""
    polls = list_polls(session, issue_id)
    if not polls:
        return {}
    counts = count_answers(session, issue_id)
    people = _list_people(session, issue_id) if with_people else {}
    return {block: Result(poll, counts[block], people.get(block, {})) for block, poll in polls.items()}


def _list_people(session: Session, issue_id: int) -> dict[str, dict[int, list[Subscriber]]]:
    rows = session.execute(
        select(Vote.block, Vote.answer, Subscriber)
        .join(Subscriber, Subscriber.id == Vote.subscriber_id)
        .where(Vote.issue_id == issue_id)
        .order_by(Subscriber.address)
    )
    people: dict[str, dict[int, list[Subscriber]]] = {}
    for block, answer, subscriber in rows:
        people.setdefault(block, {}).setdefault(answer, []).append(subscriber)
    return people
