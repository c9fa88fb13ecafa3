"""Relays: the SMTP servers a workspace hands its mail to, when not those of MAILER_SMTP_URL; and what they have had."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime


class Relay(Base):
    """`sealed_url` is the smtp:// URL with its password, encrypted with a key that is not in the database.

    The columns are the terms; what the URL says of them counts when the relay is added, and never again.
    """

    __tablename__ = "relays"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(63))
    sealed_url: Mapped[bytes] = mapped_column(LargeBinary)
    is_enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    weight: Mapped[int] = mapped_column(Integer, default=1)
    connections: Mapped[int | None] = mapped_column(Integer)
    per_second: Mapped[float | None] = mapped_column(Float)
    per_hour: Mapped[int | None] = mapped_column(Integer)
    per_day: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SendingQuota(Base):
    """What was reserved of a quota in the clock hour and day (UTC) of the last reservation.

    One row, so that one UPDATE decides; `granted` is what it gave, for its RETURNING.
    """

    __tablename__ = "sending_quotas"

    key: Mapped[str] = mapped_column(String(280), primary_key=True)  # of a relay, or `sender:` and a domain
    hour_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hour_taken: Mapped[int] = mapped_column(BigInteger, default=0)
    day_at: Mapped[datetime] = mapped_column(UtcDateTime)
    day_taken: Mapped[int] = mapped_column(BigInteger, default=0)
    granted: Mapped[int] = mapped_column(BigInteger, default=0)


class SenderDomain(Base):
    """When a domain first sent through this installation, for its slow start."""

    __tablename__ = "sender_domains"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    first_sent_on: Mapped[date] = mapped_column(Date)  # in UTC


class RelayTrouble(Base):
    """Why a relay could not be used the last time it could not; `key` is `queries.key_of` or that of the settings."""

    __tablename__ = "relay_troubles"

    key: Mapped[str] = mapped_column(String(280), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text)  # stage and the relay's words; shown as text
