"""Dispatches, their batches and deliveries: the truth about every mail.

A delivery is a slim row (dispatch, sequence). Workers claim a *batch*, a range of sequences that carries the lease and
the sums which progress is read from; failure texts stand in a table of their own.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime

SENDING, FINISHED, HELD, PAUSED, CANCELLED = "sending", "finished", "held", "paused", "cancelled"
DISPATCH_STATES = (SENDING, FINISHED, HELD, PAUSED, CANCELLED)

# Deliveries that are claimed together. A small dispatch is shared out finely, so that several workers help with it and
# a relay that refuses everybody is noticed early; in a large one, fewer batches save an eighth of the processor's time.
BATCH_SIZE, LARGE_BATCH_SIZE = 500, 1000
LARGE_DISPATCH = 10_000  # deliveries


class Dispatch(Base):
    """One sending of one issue to a frozen set of subscribers."""

    __tablename__ = "dispatches"
    __table_args__ = (CheckConstraint(f"state IN {DISPATCH_STATES}", name="state"), Index(None, "state"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), index=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"))
    state: Mapped[str] = mapped_column(String(12), default=SENDING)
    hold_reason: Mapped[str] = mapped_column(String(24), default="")  # a code, such as too_many_refused
    hold_detail: Mapped[str] = mapped_column(Text, default="")  # the relay's words or the figures, shown as text
    planned_count: Mapped[int] = mapped_column(Integer, default=0)  # rows planned, the skipped ones included
    skipped_at_start: Mapped[int] = mapped_column(Integer, default=0)
    # What had been sent and refused when a person last let it go on: the rule that holds it counts from there.
    sent_at_resume: Mapped[int] = mapped_column(Integer, default=0)
    failed_at_resume: Mapped[int] = mapped_column(Integer, default=0)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the resume, or a look ten minutes later
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    forgotten_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # see `forgetting`


class DispatchList(Base):
    """A list that a dispatch goes to. An issue goes to a list once: the primary key is what stops a second Send."""

    __tablename__ = "dispatch_lists"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"), primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"), index=True)


class Batch(Base):
    """A range of sequences with its lease. `attempt` fences: a result is written only while it is still the claimer's.

    `due_at` is when there is something to do for an unclaimed batch; None when all its deliveries have ended.
    The counts are written together with the deliveries they sum.
    """

    __tablename__ = "batches"
    # The first is the order in which they are claimed.
    __table_args__ = (Index(None, "dispatch_id", "due_at", "first_sequence"), Index(None, "lease_until"))

    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"), primary_key=True)
    first_sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    last_sequence: Mapped[int] = mapped_column(Integer)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempt: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str] = mapped_column(String(80), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    planned: Mapped[int] = mapped_column(Integer, default=0)
    sent: Mapped[int] = mapped_column(Integer, default=0)
    deferred: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    held: Mapped[int] = mapped_column(Integer, default=0)


class BatchReason(Base):
    """How many deliveries of a batch stand in a state for a reason; written together with the sums of the batch.

    The rows lie in the order in which they are summed: of a million deliveries that takes SQLite 1 ms, a sort 10 ms.
    """

    __tablename__ = "batch_reasons"
    __table_args__ = (Index(None, "dispatch_id", "first_sequence"), {"sqlite_with_rowid": False})

    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"), primary_key=True)
    state: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)
    first_sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class DispatchTime(Base):
    """Where the workers' time went: seconds and how many times, by the stages of `deliveries.stages`."""

    __tablename__ = "dispatch_times"

    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(12), primary_key=True)
    seconds: Mapped[float] = mapped_column(Double)
    count: Mapped[int] = mapped_column(BigInteger)


class Delivery(Base):
    """The mail of one dispatch to one subscriber. `state` is a `states.State`; `reason` a code such as `left`.

    `via` are the ids of the lists through which the reader gets it, joined by commas, in no order.
    """

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "subscriber_id"),)

    # No foreign key: a million look-ups of one row are half the time of a start, and the batch has it for its range.
    dispatch_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigId)  # no foreign key: the record outlives an erased subscriber
    via: Mapped[str] = mapped_column(Text)
    state: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(24), default="")
    attempt: Mapped[int] = mapped_column(SmallInteger, default=0)
    code: Mapped[int] = mapped_column(SmallInteger, default=0)  # the relay's last reply code
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    may_be_doubled: Mapped[bool] = mapped_column(default=False)


class DeliveryNote(Base):
    """What a relay said when it did not take a mail: bounded text, shown as text and never as markup."""

    __tablename__ = "delivery_notes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatches.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index(None, "dispatch_id", "sequence"),)
