"""Remember what pictures say to those who do not see them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assets", sa.Column("alt", sa.String(150), nullable=False, server_default=""))
    op.add_column("assets", sa.Column("is_decorative", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("assets") as table:
        table.drop_column("is_decorative")
        table.drop_column("alt")
