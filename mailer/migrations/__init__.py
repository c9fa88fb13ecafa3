"""Migrations of the database (Alembic). `upgrade()` is all that other code calls."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mailer.db import get_engine


def upgrade() -> None:
    """Bring the database to the newest state; does nothing when it is there already."""
    command.upgrade(make_config(), "head")


def is_current() -> bool:
    """Tell whether the database has every migration."""
    with get_engine().connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present == ScriptDirectory.from_config(make_config()).get_current_head()


def make_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
