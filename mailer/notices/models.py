"""Notices: one row for each mail of the service itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime

WAITING, SENT, FAILED = "waiting", "sent", "failed"
STATES = (WAITING, SENT, FAILED)


class Notice(Base):
    """One mail to one person. `values` are ids, numbers and the workspace's own words; tokens are made when composing.

    When it has ended, `address` and `values` are emptied. `address_hash` stays for a while, so that nobody can make us
    write to one mailbox again and again. `due_at` is when a worker may take it, or take it again.
    """

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index(
            None,
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "workspace_id", "address_hash", "asked_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletters.id"), index=True)  # None: to a member
    kind: Mapped[str] = mapped_column(String(24))
    address: Mapped[str] = mapped_column(String(320))
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    language: Mapped[str] = mapped_column(String(2))
    values: Mapped[dict[str, Any]] = mapped_column()
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(24), default="")  # why it failed or waits; a code of the outcome table
