"""Assets: uploaded images and documents, stored once by content hash, and the derivatives made of images."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from mailer.db import Base, BigId, UtcDateTime


class Asset(Base):
    """An upload. `hash` is the SHA-256 of the stored bytes (metadata dropped) in hex; width and height 0: no image.

    `alt` is what an image says to those who do not see it, and what a block gets that shows it; empty when it only
    decorates.
    """

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("workspace_id", "hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    width: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=0)
    size_bytes: Mapped[int] = mapped_column(Integer)
    alt: Mapped[str] = mapped_column(String(150), default="", server_default="")
    is_decorative: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def is_described(self) -> bool:
        """Whether nothing is missing: words or the mark that it decorates, where it is an image."""
        return bool(self.alt) or self.is_decorative or not self.width


class Derivative(Base):
    """A resized copy of an image asset; `spec` tells the request it answers (`1104x0@0.50,0.50`)."""

    __tablename__ = "derivatives"
    __table_args__ = (UniqueConstraint("asset_id", "spec"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    spec: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(80))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(Integer)
