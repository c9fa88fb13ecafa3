"""Let an archive be for readers alone, editors write their own statements, and who got what be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("newsletters", sa.Column("archive_access", sa.String(8), nullable=False, server_default="public"))
    op.add_column("newsletters", sa.Column("pages", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("dispatches", sa.Column("forgotten_count", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("dispatches", "forgotten_count")
    op.drop_column("newsletters", "pages")
    op.drop_column("newsletters", "archive_access")
