"""Migrations of the database (Alembic). Other code calls `upgrade()` and `refuse_unready_database()`."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailer.db import get_engine
from mailer.errors import RefusedError


def upgrade() -> None:
    """Bring the database to the newest state; does nothing when it is there already."""
    command.upgrade(make_config(), "head")


def is_current() -> bool:
    """Tell whether the database has every migration."""
    # Read only: a command must not wait until an import lets go of SQLite's write lock.
    with get_engine().execution_options(read_only=True).connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(make_config()).get_current_head()


def refuse_unready_database() -> None:
    """Raise RefusedError when the database lacks a migration, and say how it gets one."""
    if not is_current():
        raise RefusedError("The database is not ready. Start with `make run`, or bring it up to date: mailer migrate")


def make_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
