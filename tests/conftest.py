"""Fixtures for every test: settings of its own in a temporary folder, and a real, empty database."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from mailer import config, db, jobs, limits, tokens
from mailer.models import Base

# Without the last ones Chromium asks its maker's servers for updates, which a closed network refuses.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MS = 20_000  # that a page has on a busy machine; only what fails waits so long

# How long an example takes says more of what else the machine does than of the code.
hypothesis_settings.register_profile("mailer", hypothesis_settings(), deadline=None)
hypothesis_settings.load_profile("mailer")


def forget_settings() -> None:
    """Make the next call read the environment again; connections to the former database are closed."""
    if db.get_engine.cache_info().currsize:
        db.get_engine().dispose()
    for cached in (config.get_settings, db.get_engine, jobs.get_celery, tokens._keys, tokens._keyed, tokens._fernet):
        cached.cache_clear()
    limits.forget()


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[config.Settings]:
    """Settings that touch nothing outside the test's own folder."""
    for name in [name for name in os.environ if name.startswith("MAILER_") and not name.startswith("MAILER_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MAILER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MAILER_CHECKS_MAIL_DOMAINS", "false")  # tests have no DNS
    monkeypatch.setenv("MAILER_PAGE_CACHE_SECONDS", "0")  # tests look at what they have just changed
    monkeypatch.setenv("MAILER_SECRET_KEY", "a key for tests only")
    forget_settings()
    yield config.get_settings()
    forget_settings()


@pytest.fixture
def engine(settings: config.Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An empty database with all tables: SQLite, or PostgreSQL when MAILER_TEST_POSTGRES_URL names a server."""
    server = os.environ.get("MAILER_TEST_POSTGRES_URL", "")
    if server:
        monkeypatch.setenv("MAILER_DATABASE_URL", fresh_postgres_database(server, template=_make_template(server)))
        forget_settings()
    engine = db.get_engine()
    if not server:
        Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session inside one transaction that is committed when the test ends well."""
    with db.transaction(engine) as session:
        yield session


def fresh_postgres_database(server: str, *, name: str = "test", template: str = "template1") -> str:
    """Drop and make a database of this test process; return its URL."""
    name = f"mailer_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
    return str(admin.url.set(database=name).render_as_string(hide_password=False))


@lru_cache(maxsize=1)
def _make_template(server: str) -> str:
    """Return the name of a database with all tables; a copy takes half the time of making them."""
    engine = create_engine(fresh_postgres_database(server, name="tables"))
    Base.metadata.create_all(engine)
    engine.dispose()
    return str(engine.url.database)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests: Playwright allows only one at a time in a process."""
    executable = os.environ.get("MAILER_TEST_BROWSER") or shutil.which("chromium")
    if executable is None:
        pytest.fail("Chromium is missing: `make test` finds or installs it")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def database_state(engine: Engine) -> Callable[[], dict[str, list[Any]]]:
    """Return a function that reads every row of every table, to tell whether anything was changed."""

    def read() -> dict[str, list[Any]]:
        with db.reading() as session:
            return {
                table.name: [tuple(row) for row in session.execute(table.select().order_by(*table.primary_key))]
                for table in Base.metadata.sorted_tables
            }

    return read
