"""Relays: the SMTP servers a workspace hands its mail to, when not the one of MAILER_SMTP_URL."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime


class Relay(Base):
    """`sealed_url` is the smtp:// URL with its password, encrypted with a key that is not in the database."""

    __tablename__ = "relays"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str] = mapped_column(String(63))
    sealed_url: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
