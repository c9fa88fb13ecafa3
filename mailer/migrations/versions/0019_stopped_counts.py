"""Count stopped attempts to join, by newsletter, day and reason."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stopped_counts",
        sa.Column("newsletter_id", BigId, sa.ForeignKey("newsletters.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("reason", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("stopped_counts")
