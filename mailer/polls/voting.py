"""Keeping a reader's answer: one for each poll, which a later one replaces."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.polls.asking import Asked
from mailer.polls.models import Vote
from mailer.tokens import hash_voter


def cast_vote(session: Session, asked: Asked) -> bool:
    """Keep the answer of an open poll, and tell whether it is the reader's first. Twice the same is once."""
    subscriber, issue = asked.link.subscriber, asked.link.issue
    key = {"issue_id": issue.id, "block": asked.block, "voter": hash_voter(subscriber.id, issue.id, asked.block)}
    vote = key | {
        "subscriber_id": None if asked.poll.anonymous else subscriber.id,
        "answer": asked.number,
        "closes_at": asked.poll.closes_at,
    }
    made = session.execute(insert_unless_there(session, Vote).values(vote).returning(Vote.answer)).first()
    if made is None:
        mine = (getattr(Vote, name) == value for name, value in key.items())
        session.execute(update(Vote).where(*mine).values(answer=asked.number))
    return made is not None
