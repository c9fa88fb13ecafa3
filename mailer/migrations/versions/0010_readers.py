"""Let readers join, manage and search: requests, consent texts, changes of address, web versions."""

import re
from html import unescape

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lists", sa.Column("access", sa.String(8), nullable=False, server_default="open"))
    op.add_column("lists", sa.Column("legal_basis", sa.String(16), nullable=False, server_default="consent"))
    op.add_column("lists", sa.Column("welcome", sa.Text, nullable=False, server_default=""))
    op.add_column("newsletters", sa.Column("join_form", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("subscriptions", sa.Column("left_because", sa.String(16), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("withdrawn_at", UtcDateTime))
    op.add_column("issues", sa.Column("withdrawn_because", sa.String(300), nullable=False, server_default=""))
    _make_join_requests()
    op.create_table(
        "consent_texts",
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_used_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "address_changes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("subscriber_id", BigId, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id"), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
    )
    op.create_index(None, "address_changes", ["subscriber_id"])
    op.create_table(
        "link_requests",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id")),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "web_versions",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("web", sa.Text, nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index(None, "web_versions", ["issue_id"])
    op.create_table(
        "issue_texts",
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
    )
    _index_sent_issues(op.get_bind())


def downgrade() -> None:
    for table in ("issue_texts", "web_versions", "link_requests", "address_changes", "consent_texts", "join_requests"):
        op.drop_table(table)
    for table, columns in (
        ("issues", ("withdrawn_because", "withdrawn_at")),
        ("subscriptions", ("left_because",)),
        ("newsletters", ("join_form",)),
        ("lists", ("welcome", "legal_basis", "access")),
    ):
        for column in columns:
            op.drop_column(table, column)


def _make_join_requests() -> None:
    op.create_table(
        "join_requests",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id"), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("organisation", sa.String(120), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("list_ids", sa.JSON, nullable=False),
        sa.Column("text_version", sa.String(64), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("issue", sa.String(16), nullable=False),
        sa.Column("via", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index(None, "join_requests", ["workspace_id", "address_hash"])
    op.create_index(None, "join_requests", ["state", "asked_at"])


def _index_sent_issues(connection: sa.Connection) -> None:
    """Write the words of what was sent before this version, so that it is found, too."""
    issues = sa.table("issues", *map(sa.column, ("id", "subject", "preheader", "title", "year", "ordinal", "state")))
    snapshots = sa.table("snapshots", *map(sa.column, ("id", "issue_id", "web")))
    texts = sa.table("issue_texts", *map(sa.column, ("issue_id", "subject", "words", "folded")))
    first = sa.select(sa.func.min(snapshots.c.id).label("id")).group_by(snapshots.c.issue_id).subquery()
    rows = connection.execute(
        sa.select(issues, snapshots.c.web)
        .join(snapshots, snapshots.c.issue_id == issues.c.id)
        .join(first, first.c.id == snapshots.c.id)
        .where(issues.c.state == "sent")
    )
    for row in rows.mappings().all():
        words = " ".join(unescape(re.sub(r"<[^>]*>", " ", row["web"])).split())
        lead = f"{row['subject']} {row['preheader']} {row['title']} {row['year']}:{row['ordinal']}"
        subject = f"{row['subject']} {row['title']} {row['year']}:{row['ordinal']}".casefold()
        folded = f"{lead} {words}".casefold()
        connection.execute(sa.insert(texts).values(issue_id=row["id"], subject=subject, words=words, folded=folded))
