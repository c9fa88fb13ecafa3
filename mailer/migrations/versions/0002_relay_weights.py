"""Give relays their share of the work, their limits, and a switch

Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("relays", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_enabled", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("connections", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("per_second", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("per_hour", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("per_day", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("relays", schema=None) as batch_op:
        for column in ("per_day", "per_hour", "per_second", "connections", "weight", "is_enabled"):
            batch_op.drop_column(column)
