"""Let members have passwords and invite others."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("password_hash", sa.String(200), nullable=False, server_default=""))
    op.add_column("user_sessions", sa.Column("opened_by", sa.String(8), nullable=False, server_default="link"))
    op.create_table(
        "invitations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("invited_by", BigId, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("accepted_at", UtcDateTime),
    )
    op.create_index(None, "invitations", ["workspace_id"])


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_column("user_sessions", "opened_by")
    op.drop_column("users", "password_hash")
