"""Lists: sets of subscribers that one can send to or join."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime


class MailingList(Base):
    __tablename__ = "lists"
    __table_args__ = (UniqueConstraint("workspace_id", "slug"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    slug: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    # open: joined by a form; closed: takes nobody new; private: not even known to strangers
    access: Mapped[str] = mapped_column(String(8), default="open", server_default="open")
    legal_basis: Mapped[str] = mapped_column(String(16), default="consent", server_default="consent")
    welcome: Mapped[str] = mapped_column(Text, default="", server_default="")  # said in the mail after joining
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
