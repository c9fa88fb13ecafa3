"""Which relay a workspace's mail goes to: its own, else the one of MAILER_SMTP_URL, else the local inbox."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.config import get_settings
from mailer.errors import RefusedError
from mailer.relays.address import RelayAddress, parse_relay_url
from mailer.relays.models import Relay
from mailer.tokens import seal, unseal


def choose_relay(session: Session, workspace_id: int) -> RelayAddress:
    """Return the relay to use now."""
    own = session.scalar(select(Relay).where(Relay.workspace_id == workspace_id).order_by(Relay.id))
    return parse_relay_url(unseal(own.sealed_url) if own else get_settings().resolved_smtp_url)


def list_relays(session: Session, workspace_id: int) -> list[Relay]:
    return list(session.scalars(select(Relay).where(Relay.workspace_id == workspace_id).order_by(Relay.id)))


def add_relay(session: Session, workspace_id: int, name: str, url: str, *, now: datetime) -> Relay:
    """Keep a relay for a workspace; its URL is checked first and sealed."""
    parse_relay_url(url)
    if session.scalar(select(Relay).where(Relay.workspace_id == workspace_id, Relay.name == name)):
        raise RefusedError(f"There is a relay {name!r} already.")
    relay = Relay(workspace_id=workspace_id, name=name, sealed_url=seal(url), created_at=now)
    session.add(relay)
    session.flush()
    return relay


def remove_relay(session: Session, workspace_id: int, name: str) -> None:
    relay = session.scalar(select(Relay).where(Relay.workspace_id == workspace_id, Relay.name == name))
    if relay is None:
        raise RefusedError(f"There is no relay {name!r}.")
    session.delete(relay)
