"""Which relays a workspace's mail may go to: its own, else those of MAILER_SMTP_URL, else the local inbox."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.config import get_settings
from mailer.errors import NotFoundError
from mailer.relays.address import parse_relay_url
from mailer.relays.models import Relay
from mailer.relays.terms import RelayOption, RelayTerms, parse_relay_urls
from mailer.tokens import unseal


def list_usable_relays(session: Session, workspace_id: int) -> tuple[RelayOption, ...]:
    """Return the relays to choose from now.

    Empty when the workspace has relays of its own and all are disabled: its mail must not leave by another way, under
    which its domain may not be known.
    """
    own = list_relays(session, workspace_id)
    if not own:
        return parse_relay_urls(get_settings().resolved_smtp_url)
    return tuple(make_option(relay) for relay in own if relay.is_enabled)


def list_relays(session: Session, workspace_id: int) -> list[Relay]:
    return list(session.scalars(select(Relay).where(Relay.workspace_id == workspace_id).order_by(Relay.id)))


def get_relay(session: Session, workspace_id: int, name: str) -> Relay:
    """Return a relay of the workspace; NotFoundError names those that there are."""
    relays = {relay.name: relay for relay in list_relays(session, workspace_id)}
    if name not in relays:
        raise NotFoundError(f"There is no relay {name!r}. There are: {', '.join(relays) or 'none'}.")
    return relays[name]


def make_option(relay: Relay) -> RelayOption:
    return RelayOption(key_of(relay), relay.name, parse_relay_url(unseal(relay.sealed_url)), terms_of(relay))


def key_of(relay: Relay) -> str:
    """Return the key under which rates, quotas and health know the relay."""
    return f"relay:{relay.id}"


def terms_of(relay: Relay) -> RelayTerms:
    return RelayTerms(relay.weight, relay.connections, relay.per_second, relay.per_hour, relay.per_day)
