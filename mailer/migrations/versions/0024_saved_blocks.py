"""Keep blocks and templates for later issues."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_blocks",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id"), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.UniqueConstraint("newsletter_id", "slug"),
    )
    op.create_table(
        "issue_templates",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.UniqueConstraint("newsletter_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("issue_templates")
    op.drop_table("saved_blocks")
