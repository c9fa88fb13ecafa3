"""Count by batch why deliveries did not go out, so that progress need not look at every delivery

Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Batches were laid over the deliveries in steps of 500 by every version before this one.
_FILL = """
INSERT INTO batch_reasons (dispatch_id, state, reason, first_sequence, count)
SELECT dispatch_id, state, reason, (sequence - 1) / 500 * 500 + 1, count(*)
FROM deliveries WHERE reason <> ''
GROUP BY dispatch_id, state, reason, (sequence - 1) / 500 * 500 + 1
"""


def upgrade() -> None:
    op.create_table(
        "batch_reasons",
        sa.Column("dispatch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("first_sequence", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_batch_reasons_dispatch_id")),
        sa.PrimaryKeyConstraint("dispatch_id", "state", "reason", "first_sequence", name=op.f("pk_batch_reasons")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_batch_reasons_dispatch_id_batch_reasons_first_sequence"),
        "batch_reasons",
        ["dispatch_id", "first_sequence"],
    )
    op.execute(_FILL)


def downgrade() -> None:
    op.drop_table("batch_reasons")
