"""Alembic's entry: runs migrations on the configured database, one transaction for each."""

from alembic import context

from mailer.db import get_engine
from mailer.models import Base

with get_engine().connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter tables; Alembic makes new ones
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
