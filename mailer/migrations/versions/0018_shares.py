"""Count what sharing brings, know partners, and let readers mail a colleague where an owner allows it."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("newsletters", sa.Column("tips_since", UtcDateTime))
    op.create_table(
        "share_counts",
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), primary_key=True),
        sa.Column("via", sa.String(32), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("visits", sa.Integer, nullable=False),
        sa.Column("joins", sa.Integer, nullable=False),
    )
    op.create_table(
        "partners",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime),
        sa.UniqueConstraint("workspace_id", "code"),
    )
    op.create_table(
        "tips",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("tipper_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("tipped_at", UtcDateTime, nullable=False),
    )
    op.create_index(None, "tips", ["issue_id", "address_hash"])
    op.create_index(None, "tips", ["tipped_at"])
    op.create_table(
        "tip_blocks",
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("address_hash", sa.LargeBinary(16), primary_key=True),
        sa.Column("blocked_at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    for table in ("tip_blocks", "tips", "partners", "share_counts"):
        op.drop_table(table)
    op.drop_column("newsletters", "tips_since")
