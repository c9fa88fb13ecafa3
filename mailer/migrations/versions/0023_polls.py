"""Keep answers to polls, and their sums."""

import sqlalchemy as sa
from alembic import op

from mailer.db import BigId, UtcDateTime

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "votes",
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), primary_key=True),
        sa.Column("block", sa.String(64), primary_key=True),
        sa.Column("voter", sa.LargeBinary(16), primary_key=True),
        sa.Column("subscriber_id", BigId, sa.ForeignKey("subscribers.id", ondelete="CASCADE")),
        sa.Column("answer", sa.SmallInteger, nullable=False),
        sa.Column("closes_at", UtcDateTime, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(None, "votes", ["subscriber_id"])
    op.create_index(None, "votes", ["closes_at"])
    op.create_table(
        "vote_sums",
        sa.Column("issue_id", BigId, sa.ForeignKey("issues.id"), primary_key=True),
        sa.Column("block", sa.String(64), primary_key=True),
        sa.Column("answer", sa.SmallInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("vote_sums")
    op.drop_table("votes")
