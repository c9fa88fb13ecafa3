"""The migrations make exactly the tables that the models declare, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from mailer.db import transaction
from mailer.deliveries.start import plan_dispatch
from mailer.migrations import is_current, make_config, upgrade
from mailer.models import Base
from mailer.relays.slow_start import find_first_days
from tests.factories.newsletters import make_house
from tests.factories.subscribers import make_readers


def test_migrations_lead_to_the_models_and_a_second_run_changes_nothing(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    upgrade()
    upgrade()
    assert is_current()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_who_sent_before_slow_start_is_known_afterwards(engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    upgrade()
    then = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    with transaction(engine) as session:
        house = make_house(session)
        make_readers(session, house.mailing_list, 1)
        plan_dispatch(session, house.issue, [house.mailing_list], actor="test", now=then)
    command.downgrade(make_config(), "0002")
    upgrade()
    with transaction(engine) as session:
        assert find_first_days(session, ["example.org"]) == {"example.org": then.date()}
