"""Remember the last trouble of each relay."""

import sqlalchemy as sa
from alembic import op

from mailer.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay_troubles",
        sa.Column("key", sa.String(280), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("relay_troubles")
