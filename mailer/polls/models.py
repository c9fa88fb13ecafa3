"""Answers to polls while it matters whose they are, and the sums that stay."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, UtcDateTime


class Vote(Base):
    """One reader's answer to one poll; `answer` counts from 1.

    `voter` is a keyed hash of reader and poll, so that an answer can be changed and not be given twice. An anonymous
    poll keeps nothing else: no time, and no order of rows to tell it by. `subscriber_id` is set when the poll is not
    anonymous, of which readers are told before they answer.
    """

    __tablename__ = "votes"
    __table_args__ = (
        Index(None, "closes_at"),
        {"sqlite_with_rowid": False},  # rows lie in the order of their hashes
    )

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    block: Mapped[str] = mapped_column(String(64), primary_key=True)
    voter: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    answer: Mapped[int] = mapped_column(SmallInteger)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)  # of the poll


class VoteSum(Base):
    """How many gave an answer, of votes that are no longer kept one by one."""

    __tablename__ = "vote_sums"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    block: Mapped[str] = mapped_column(String(64), primary_key=True)
    answer: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
