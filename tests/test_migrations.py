"""The migrations make exactly the tables that the models declare, on SQLite and on PostgreSQL."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from mailer.migrations import is_current, upgrade
from mailer.models import Base


def test_migrations_lead_to_the_models_and_a_second_run_changes_nothing(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    upgrade()
    upgrade()
    assert is_current()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
