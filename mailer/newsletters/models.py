"""Newsletters: numbered series with a name, language, theme, sender identity and default lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime

# Who may read sent issues on the web: anybody · anybody, but search engines are told nothing · readers with a link of
# their own.
PUBLIC, UNLISTED, MEMBERS = ARCHIVE_ACCESS = ("public", "unlisted", "members")


class Newsletter(Base):
    """`slug` is unique in the whole installation, since it is the public address `/n/<slug>/`."""

    __tablename__ = "newsletters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(500), default="")
    language: Mapped[str] = mapped_column(String(2), default="sv")
    theme: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as `newsletters.theme.Theme` dumps it
    sender_name: Mapped[str] = mapped_column(String(120))
    sender_email: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str] = mapped_column(String(254), default="")
    join_form: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as `newsletters.join_form.JoinForm` dumps it
    archive_access: Mapped[str] = mapped_column(String(8), default=PUBLIC, server_default=PUBLIC)
    tips_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when an owner let readers mail colleagues
    pages: Mapped[dict[str, Any]] = mapped_column(default=dict)  # as `newsletters.own_pages.OwnPages` dumps it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NewsletterList(Base):
    """A list that a newsletter goes to unless the sender says otherwise."""

    __tablename__ = "newsletter_lists"

    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"), primary_key=True, index=True)
