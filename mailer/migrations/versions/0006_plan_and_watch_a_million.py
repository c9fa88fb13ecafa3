"""Make a million readers quick to plan and watch: no foreign key of each delivery, indexes on what changed lately."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_deliveries_dispatch_id"), type_="foreignkey")
    op.drop_index(op.f("ix_batches_due_at"), table_name="batches")
    op.create_index(
        op.f("ix_batches_dispatch_id_batches_due_at_batches_first_sequence"),
        "batches",
        ["dispatch_id", "due_at", "first_sequence"],
    )
    op.create_index(op.f("ix_suppressions_workspace_id_suppressions_at"), "suppressions", ["workspace_id", "at"])
    for column in ("ended_at", "paused_until"):
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            op.f(f"ix_subscriptions_list_id_subscriptions_{column}"),
            "subscriptions",
            ["list_id", column],
            sqlite_where=condition,
            postgresql_where=condition,
        )


def downgrade() -> None:
    for column in ("paused_until", "ended_at"):
        op.drop_index(op.f(f"ix_subscriptions_list_id_subscriptions_{column}"), table_name="subscriptions")
    op.drop_index(op.f("ix_suppressions_workspace_id_suppressions_at"), table_name="suppressions")
    op.drop_index(op.f("ix_batches_dispatch_id_batches_due_at_batches_first_sequence"), table_name="batches")
    op.create_index(op.f("ix_batches_due_at"), "batches", ["due_at"])
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_foreign_key(op.f("fk_deliveries_dispatch_id"), "dispatches", ["dispatch_id"], ["id"])
