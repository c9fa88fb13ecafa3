"""Remember when a person let a dispatch go on, and since when refusals are counted."""

import sqlalchemy as sa
from alembic import op

from mailer.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("resumed_at", UtcDateTime(), nullable=True))
    op.add_column("dispatches", sa.Column("counted_from", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("dispatches", "counted_from")
    op.drop_column("dispatches", "resumed_at")  # not by batch: SQLite would not let the table go that others point to
