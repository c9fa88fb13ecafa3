"""Let deliveries do without a foreign key to their dispatch; their batches have one."""

from alembic import op

revision = "0006"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_deliveries_dispatch_id"), type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_foreign_key(op.f("fk_deliveries_dispatch_id"), "dispatches", ["dispatch_id"], ["id"])
