"""Make the table of the service's own mail."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("workspace_id", BigId, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id")),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(16)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempt", sa.SmallInteger, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name="state"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(None, "notices", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index(None, "notices", ["newsletter_id"])
    op.create_index(None, "notices", ["workspace_id", "address_hash", "asked_at"])


def downgrade() -> None:
    op.drop_table("notices")
