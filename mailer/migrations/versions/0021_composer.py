"""Remember which tab saved a block, who has an issue open, and why a revision was kept."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("blocks", sa.Column("saved_by", sa.String(40), nullable=False, server_default=""))
    op.add_column("revisions", sa.Column("reason", sa.String(12), nullable=False, server_default="replace"))
    op.add_column("revisions", sa.Column("actor", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "presences",
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tab", sa.String(40), primary_key=True),
        sa.Column("user_id", BigId, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("block_id", sa.String(64), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("presences")
    op.drop_column("revisions", "actor")
    op.drop_column("revisions", "reason")
    op.drop_column("blocks", "saved_by")
