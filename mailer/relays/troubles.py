"""The last trouble of each relay, for whoever looks after them: a good relay beside it hides it from everybody else."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.db import insert_unless_there
from mailer.relays.models import RelayTrouble


class Trouble(NamedTuple):
    """When a relay could not be used, and why: the stage and the relay's words."""

    at: datetime
    detail: str


def note_trouble(session: Session, key: str, detail: str, now: datetime) -> None:
    """Remember why a relay could not be used now; what was known of it before is forgotten."""
    session.execute(insert_unless_there(session, RelayTrouble).values(key=key, at=now, detail=detail))
    trouble = session.get_one(RelayTrouble, key, populate_existing=True)
    trouble.at, trouble.detail = now, detail


def map_troubles(session: Session, keys: Collection[str]) -> dict[str, Trouble]:
    rows = session.scalars(select(RelayTrouble).where(RelayTrouble.key.in_(keys)))
    return {row.key: Trouble(row.at, row.detail) for row in rows}
