"""Remember steps of editing, so that they can be undone."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issue_steps",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
        sa.Column("verb", sa.String(12), nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("is_undone", sa.Boolean, nullable=False),
    )
    op.create_index(None, "issue_steps", ["issue_id", "id"])
    op.create_index(None, "issue_steps", ["at"])


def downgrade() -> None:
    op.drop_table("issue_steps")
