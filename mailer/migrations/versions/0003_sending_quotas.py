"""Add quotas of relays, and the first day of each sender's domain

Revises: 0002
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

import mailer.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_quotas",
        sa.Column("key", sa.String(length=280), nullable=False),
        sa.Column("hour_at", mailer.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("hour_taken", sa.BigInteger(), nullable=False),
        sa.Column("day_at", mailer.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("day_taken", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sending_quotas")),
    )
    sender_domains = op.create_table(
        "sender_domains",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("first_sent_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_sender_domains")),
    )
    first_days = _find_first_days(op.get_bind())
    rows = [{"domain": domain, "first_sent_on": day} for domain, day in first_days.items()]
    if rows:
        op.bulk_insert(sender_domains, rows)


def downgrade() -> None:
    op.drop_table("sender_domains")
    op.drop_table("sending_quotas")


def _find_first_days(connection: sa.Connection) -> dict[str, date]:
    """Return when each domain first sent: slow start is for new ones, not for who sent before this version."""
    newsletters = sa.table("newsletters", sa.column("id"), sa.column("sender_email"))
    issues = sa.table("issues", sa.column("id"), sa.column("newsletter_id"))
    dispatches = sa.table("dispatches", sa.column("issue_id"), sa.column("started_at", mailer.db.UtcDateTime(True)))
    rows = connection.execute(
        sa.select(newsletters.c.sender_email, sa.func.min(dispatches.c.started_at).label("first_at"))
        .join(issues, issues.c.newsletter_id == newsletters.c.id)
        .join(dispatches, dispatches.c.issue_id == issues.c.id)
        .group_by(newsletters.c.sender_email)
        .order_by(sa.literal_column("first_at"))
    )
    first_days: dict[str, date] = {}
    for sender, first_at in rows:
        first_days.setdefault(sender.rpartition("@")[2].lower(), first_at.date())
    return first_days
