"""The database: engine, column types, and `transaction()`, the only place that commits.

SQLite (WAL, BEGIN IMMEDIATE, foreign keys on) and PostgreSQL run the same code.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVarTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from mailer.config import get_settings
from mailer.errors import RefusedError

Ts = TypeVarTuple("Ts")

# A database host that vanishes says nothing: who waits for it must hear of that before leases and stops run out.
_POSTGRESQL: dict[str, Any] = {
    "pool_pre_ping": True,  # a connection that was cut while it lay in the pool is replaced and not an error
    "connect_args": {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,  # milliseconds
    },
}
AFTER_COMMIT = "after_commit"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this attribute from the class
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


# SQLite gives automatic row ids only to INTEGER primary keys.
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; naive values are refused, since nobody knows what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """Return an engine for `url`; for SQLite the folder of the file is made.

    RefusedError when it is no URL or there is no driver for it; it is not repeated, since it may hold a password.
    """
    is_sqlite = url.startswith("sqlite")
    options = {"connect_args": {"timeout": 30}, "max_overflow": 40} if is_sqlite else _POSTGRESQL
    try:
        # Parameters are names and addresses of readers: an exception must not carry them into a log.
        engine = create_engine(url, **{"pool_size": 10, "max_overflow": 20, "hide_parameters": True, **options})
    except (ArgumentError, ImportError, ValueError):
        raise RefusedError("MAILER_DATABASE_URL is not a postgresql:// or sqlite:/// URL that can be used.") from None
    if not is_sqlite:
        return engine
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _set_up_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    # Deferred transactions that read first and write later double-claimed 880 of 9,000 rows when tried.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("read_only") else "BEGIN IMMEDIATE")


@lru_cache(maxsize=1)
def get_engine() -> Engine:
    return make_engine(get_settings().resolved_database_url)


@contextmanager
def transaction(engine: Engine | None = None) -> Iterator[Session]:
    """Open a session, commit it at the end, roll back on an exception; then run what was asked for after commit."""
    with Session(engine or get_engine(), expire_on_commit=False) as session:
        with session.begin():
            yield session
        for act in session.info.pop(AFTER_COMMIT, []):
            act()


@contextmanager
def reading(engine: Engine | None = None) -> Iterator[Session]:
    """Open a session that sees one state of the database and never takes SQLite's write lock."""
    chosen = (engine or get_engine()).execution_options(read_only=True)
    with Session(chosen, expire_on_commit=False) as session:
        yield session
        session.rollback()


def insert_unless_there(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return INSERT … ON CONFLICT DO NOTHING: of two transactions at once, one makes the row and the other finds it.

    RETURNING gives only the rows it made.
    """
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model).on_conflict_do_nothing()
    return sqlite.insert(model).on_conflict_do_nothing()


def fetch_at_once(session: Session, statement: Select[*Ts], parameters: Mapping[str, Any]) -> list[Sequence[Any]]:
    """Return all rows of numbers and texts, in any order, without waiting between them.

    Python's sqlite3 lets go of the interpreter for every row. A thread that fetches hundreds beside a busy loop has
    to win it back as often, so on SQLite the rows come as one JSON text.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        return list(connection.execute(statement, parameters).all())
    return json.loads(connection.execute(_as_json(statement), parameters).scalar_one())  # type: ignore[no-any-return]  # it is what SQLite made


@lru_cache(maxsize=16)
def _as_json(statement: Select[*Ts]) -> Select[str]:
    rows = statement.subquery()
    return select(func.json_group_array(func.json_array(*rows.c)))


def after_commit(session: Session, act: Callable[[], None]) -> None:
    """Call `act` once the surrounding transaction has been committed, and never if it is rolled back."""
    session.info.setdefault(AFTER_COMMIT, []).append(act)
