"""Subscribers, their subscriptions and consents, and the suppressions that outlive them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime

PENDING, ACTIVE, PAUSED, ENDED = "pending", "active", "paused", "ended"


def _index_where_set(first: str, last: str) -> Index:
    """Return an index on two columns of the rows that have the last one."""
    condition = text(f"{last} IS NOT NULL")
    return Index(None, first, last, sqlite_where=condition, postgresql_where=condition)


class Subscriber(Base):
    """A person's address in a workspace.

    `address` is kept as typed (NFC) for sending; `address_key` is the documented normalisation that makes one
    mailbox one row; `address_hash` is its keyed hash, which suppressions share. `link_generation` is part of every
    signed link: raising it (erasure, change of address) kills all older links.
    """

    __tablename__ = "subscribers"
    __table_args__ = (
        UniqueConstraint("workspace_id", "address_key"),
        Index(None, "workspace_id", "address_hash"),
        # An erased subscriber's id must never be given again: signed links and deliveries still name it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    address: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    name: Mapped[str] = mapped_column(String(80), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(2), default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link_generation: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Subscription(Base):
    """A subscriber's place on a list: pending → active ⇄ paused → ended; ended is left only by a new consent."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'active', 'paused', 'ended')", name="state"),
        Index(None, "subscriber_id"),
        # Who left or paused lately, asked every second of a dispatch; most people never did, so these are small.
        _index_where_set("list_id", "ended_at"),
        _index_where_set("list_id", "paused_until"),
        {"sqlite_with_rowid": False},  # the key is the row: one tree less to write for each subscription
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_reason: Mapped[str] = mapped_column(String(16), default="")  # left, bounced, complained, erased, removed
    left_because: Mapped[str] = mapped_column(
        String(16), default="", server_default=""
    )  # often, irrelevant, job, other


class AddressChange(Base):
    """A subscriber's wish to get mail at another address, until the owner of that mailbox confirms it."""

    __tablename__ = "address_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    address: Mapped[str] = mapped_column(String(320))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LinkRequest(Base):
    """Somebody who asked for a link to My subscription; a worker looks up who it is, and the row goes."""

    __tablename__ = "link_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    newsletter_id: Mapped[int | None] = mapped_column(ForeignKey("newsletters.id"))  # None: whichever know the address
    address: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoppedCount(Base):
    """Attempts to join a newsletter that were stopped on one day (UTC); `reason` is of `subscribers.stopped`."""

    __tablename__ = "stopped_counts"

    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reason: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class Consent(Base):
    """Append-only: what was agreed or withdrawn, when, through what, and by which version of the text."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    verb: Mapped[str] = mapped_column(String(16))  # given, withdrawn
    source: Mapped[str] = mapped_column(String(120))  # import of a file, one-click, page …
    text_version: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentText(Base):
    """The words that somebody agreed to, kept as they were: a consent names their version."""

    __tablename__ = "consent_texts"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


ASKED, MAILED, CONFIRMED, REFUSED, IGNORED = "asked", "mailed", "confirmed", "refused", "ignored"


class JoinRequest(Base):
    """What a stranger typed into a join form. Nothing of it touches a subscriber before the mailbox's owner confirms.

    asked (nobody has looked yet) → mailed → confirmed or refused; ignored when no mail may go to the address.
    """

    __tablename__ = "join_requests"
    __table_args__ = (Index(None, "workspace_id", "address_hash"), Index(None, "state", "asked_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    address: Mapped[str] = mapped_column(String(320))
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    name: Mapped[str] = mapped_column(String(80), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(2))
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    list_ids: Mapped[list[int]] = mapped_column(JSON)
    text_version: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(120))
    issue: Mapped[str] = mapped_column(String(16), default="")  # the number of the shared issue that led here
    via: Mapped[str] = mapped_column(String(32), default="")  # the channel of the shared link
    state: Mapped[str] = mapped_column(String(12), default=ASKED)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Suppression(Base):
    """A keyed hash of an address that must not be mailed in this workspace, and why; the address itself is not kept."""

    __tablename__ = "suppressions"
    __table_args__ = (Index(None, "workspace_id", "at"),)

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))  # left, bounced, complained, erased
    at: Mapped[datetime] = mapped_column(UtcDateTime)
