"""Issues, their blocks, and the snapshots that mails, web page and archive come from."""

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
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime

DRAFT, SENT = "draft", "sent"


class Issue(Base):
    """One number of a newsletter. A draft can change; a sent issue is a record and cannot."""

    __tablename__ = "issues"
    __table_args__ = (
        UniqueConstraint("newsletter_id", "year", "ordinal"),
        CheckConstraint("state IN ('draft', 'sent')", name="state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    year: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(200))
    preheader: Mapped[str] = mapped_column(String(200), default="")
    published_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default=DRAFT)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    block_revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # the last that a block got
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="", server_default="")

    @property
    def number(self) -> str:
        """The number as people write it: `2017:1`."""
        return f"{self.year}:{self.ordinal}"

    @property
    def path_number(self) -> str:
        """The number as it stands in an address: `2017-1`."""
        return f"{self.year}-{self.ordinal}"

    @property
    def path_id(self) -> str:
        """What names the issue in an address whatever its number is: `id-57`."""
        return f"id-{self.id}"


class BlockRow(Base):
    """A block of a draft: one row each, so that two editors on two blocks do not meet."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("issue_id", "position"),)

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    block_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer, default=1)
    data: Mapped[dict[str, Any]] = mapped_column()
    hidden_in: Mapped[list[str]] = mapped_column(default=list)
    audience: Mapped[list[str]] = mapped_column(default=list)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    saved_by: Mapped[str] = mapped_column(String(40), default="", server_default="")  # the tab that saved it last


class Presence(Base):
    """An editor's open tab, and the block that is open in it; gone when it has said nothing for a while."""

    __tablename__ = "presences"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    tab: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    block_id: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IssueStep(Base):
    """One step of editing a draft, to undo and to do again: the touched parts before and after (`issues.steps`)."""

    __tablename__ = "issue_steps"
    __table_args__ = (Index(None, "issue_id", "id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"))
    verb: Mapped[str] = mapped_column(String(12))
    before: Mapped[dict[str, Any]] = mapped_column()
    after: Mapped[dict[str, Any]] = mapped_column()
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_undone: Mapped[bool] = mapped_column(default=False)


class Revision(Base):
    """A former state of a draft, never changed: of the morning, or before something replaced the draft as a whole."""

    __tablename__ = "revisions"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(12), default="replace", server_default="replace")
    actor: Mapped[str] = mapped_column(String(64), default="", server_default="")


class SavedBlock(Base):
    """A block kept for later issues of a newsletter, under a name.

    A shared one stands in issues as a reference (the kind `saved`) and is changed in one place; others are copied.
    """

    __tablename__ = "saved_blocks"
    __table_args__ = (UniqueConstraint("newsletter_id", "slug"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    slug: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, Any]] = mapped_column()
    is_shared: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))


class IssueTemplate(Base):
    """An issue document kept under a name, for later issues of its newsletter to start from."""

    __tablename__ = "issue_templates"
    __table_args__ = (UniqueConstraint("newsletter_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    newsletter_id: Mapped[int] = mapped_column(ForeignKey("newsletters.id"))
    name: Mapped[str] = mapped_column(String(120))
    document: Mapped[dict[str, Any]] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))


class Snapshot(Base):
    """The frozen issue of one dispatch: document, identity, and every rendering. Never changed after it is made.

    `hash` is the SHA-256 over document and web page, equal for equal content. `nonce` marks the merge sentinels inside
    the renderings.
    """

    __tablename__ = "snapshots"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), index=True)
    document: Mapped[dict[str, Any]] = mapped_column()
    identity: Mapped[dict[str, Any]] = mapped_column()  # newsletter name, theme, sender as they were
    subject: Mapped[str] = mapped_column(Text)
    web: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(String(16))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebVersion(Base):
    """A later state of a sent issue's web page: corrected, or without somebody's name. The snapshot stays as it is.

    `note` is shown to readers of a correction; a redaction shows nothing. The newest row is what the archive shows.
    """

    __tablename__ = "web_versions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # corrected, redacted
    web: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(300), default="")
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IssueText(Base):
    """The words of a sent issue as its web page shows them, case-folded, for the archive's search."""

    __tablename__ = "issue_texts"

    issue_id: Mapped[int] = mapped_column(ForeignKey("issues.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)  # as written, for excerpts
    folded: Mapped[str] = mapped_column(Text)


class SnapshotVariant(Base):
    """The mail as readers of one combination of lists get it; `variant` is `issues.variants.variant_key`."""

    __tablename__ = "snapshot_variants"

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id"), primary_key=True)
    variant: Mapped[str] = mapped_column(String(128), primary_key=True)  # one character a block at the most
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    slots: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
