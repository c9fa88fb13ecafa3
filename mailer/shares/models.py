"""What sharing brought, as daily sums without persons; partners; and the short memory that tips need."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime


class ShareCount(Base):
    """Visits and new subscribers of one issue through one channel on one day (UTC); `via` is of `shares.channels`."""

    __tablename__ = "share_counts"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    via: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    visits: Mapped[int] = mapped_column(Integer, default=0)
    joins: Mapped[int] = mapped_column(Integer, default=0)


class Partner(Base):
    """An organisation that passes issues on. `code` stands in its links and never changes."""

    __tablename__ = "partners"
    __table_args__ = (UniqueConstraint("workspace_id", "code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    code: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tip(Base):
    """That an issue was tipped to a mailbox, for a day: keyed hashes of both mailboxes and nothing else."""

    __tablename__ = "tips"
    __table_args__ = (Index(None, "issue_id", "address_hash"), Index(None, "tipped_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    tipper_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    tipped_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TipBlock(Base):
    """A mailbox that wants no tips from a workspace."""

    __tablename__ = "tip_blocks"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    blocked_at: Mapped[datetime] = mapped_column(UtcDateTime)
