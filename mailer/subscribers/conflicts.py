"""INSERT … ON CONFLICT DO NOTHING: of two requests at once, one makes the row and the other finds it."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mailer.db import Base


def insert_unless_there(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that leaves existing rows alone; RETURNING gives only the rows it made."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model).on_conflict_do_nothing()
    return sqlite.insert(model).on_conflict_do_nothing()
