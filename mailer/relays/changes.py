"""Adding, changing and removing the relays of a workspace. Terms and URLs are checked before anything is kept."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import RefusedError
from mailer.relays.models import Relay, RelayTrouble, SendingQuota
from mailer.relays.queries import get_relay, key_of
from mailer.relays.terms import RelayTerms, parse_relay
from mailer.tokens import seal

LONGEST_NAME = 63


def add_relay(
    session: Session, workspace_id: int, name: str, url: str, terms: RelayTerms | None = None, *, now: datetime
) -> Relay:
    """Keep a relay for a workspace, on `terms` or on those of its URL."""
    _, terms_of_url = parse_relay(url)
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise RefusedError(f"A relay's name has 1 to {LONGEST_NAME} characters that can be seen.")
    if session.scalar(select(Relay).where(Relay.workspace_id == workspace_id, Relay.name == name)):
        raise RefusedError(f"There is a relay {name!r} already.")
    relay = Relay(workspace_id=workspace_id, name=name, sealed_url=seal(url), created_at=now)
    change_terms(relay, terms or terms_of_url)
    session.add(relay)
    session.flush()
    return relay


def change_url(relay: Relay, url: str) -> None:
    """Give a relay another address or password. It stays the same relay: its terms and its quota go on."""
    parse_relay(url)
    relay.sealed_url = seal(url)


def change_terms(relay: Relay, terms: RelayTerms) -> None:
    for one in fields(terms):
        setattr(relay, one.name, getattr(terms, one.name))


def remove_relay(session: Session, workspace_id: int, name: str) -> None:
    """Remove a relay with its quota and its last trouble: SQLite gives the id to the next one."""
    relay = get_relay(session, workspace_id, name)
    for table in (SendingQuota, RelayTrouble):
        if row := session.get(table, key_of(relay)):
            session.delete(row)
    session.delete(relay)
