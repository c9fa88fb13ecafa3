"""Taking out a reader's answers, telling readers their own, and keeping nothing but sums in the end."""

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.issues.models import Issue
from mailer.newsletters.models import Newsletter
from mailer.polls.asking import list_polls
from mailer.polls.models import Vote, VoteSum
from mailer.subscribers.models import Subscriber
from mailer.tokens import hash_voter


def erase_votes(session: Session, subscriber: Subscriber) -> None:
    """Delete every answer of a subscriber, anonymous ones too; what is a sum by now is nobody's."""
    for vote in _find_votes(session, subscriber):
        session.delete(vote)
    session.flush()


def list_own_answers(session: Session, subscriber: Subscriber) -> list[dict[str, object]]:
    """Return the answers that are still kept as a subscriber's, for that person's eyes alone: also anonymous."""
    told: list[dict[str, object]] = []
    for vote in _find_votes(session, subscriber):
        issue = session.get_one(Issue, vote.issue_id)
        poll = list_polls(session, issue.id)[vote.block]
        newsletter = session.get_one(Newsletter, issue.newsletter_id).name
        told.append(
            {
                "issue": f"{newsletter} {issue.number}",
                "question": poll.question,
                "answer": poll.answers[vote.answer - 1],
                "anonymous": poll.anonymous,
            }
        )
    return told


def sum_anonymous(session: Session, before: datetime) -> int:
    """Keep only sums of anonymous polls that closed before a moment; return how many votes went."""
    return _sum_up(session, Vote.subscriber_id.is_(None), Vote.closes_at < before)


def sum_named(session: Session, before: datetime) -> int:
    """As `sum_anonymous`, for polls whose answers have names."""
    return _sum_up(session, Vote.subscriber_id.is_not(None), Vote.closes_at < before)


def _find_votes(session: Session, subscriber: Subscriber) -> list[Vote]:
    """Return a subscriber's votes: the hash of each is made anew for every poll that has any."""
    polls = session.execute(
        select(Vote.issue_id, Vote.block)
        .join(Issue, Issue.id == Vote.issue_id)
        .where(Issue.workspace_id == subscriber.workspace_id)
        .distinct()
        .order_by(Vote.issue_id, Vote.block)
    ).all()
    keys = ((row[0], row[1], hash_voter(subscriber.id, row[0], row[1])) for row in polls)
    return [vote for key in keys if (vote := session.get(Vote, key))]


def _sum_up(session: Session, *which: ColumnElement[bool]) -> int:
    gone = session.execute(delete(Vote).where(*which).returning(Vote.issue_id, Vote.block, Vote.answer)).all()
    for (issue_id, block, answer), count in Counter(tuple(row) for row in gone).items():
        key = {"issue_id": issue_id, "block": block, "answer": answer}
        session.execute(insert_unless_there(session, VoteSum).values(key | {"count": 0}))
        mine = VoteSum.issue_id == issue_id, VoteSum.block == block, VoteSum.answer == answer
        session.execute(update(VoteSum).where(*mine).values(count=VoteSum.count + count))
    return len(gone)
