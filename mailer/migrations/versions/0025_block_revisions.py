"""Count the revisions of an issue's blocks in the issue, so that none comes back that an open page has seen."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issues", sa.Column("block_revision", sa.Integer, nullable=False, server_default="0"))
    # Each block counted by itself; one that was deleted may have come further than those that are left.
    op.execute("UPDATE issues SET block_revision = 1000 + (SELECT COALESCE(MAX(revision), 0) FROM blocks)")


def downgrade() -> None:
    op.drop_column("issues", "block_revision")
