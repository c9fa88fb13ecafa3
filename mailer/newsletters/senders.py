"""Which addresses a workspace may send from: none whose domain another one of the installation sends from.

An owner could otherwise write in a neighbour's name, and every mail program would believe it. Whoever runs the
installation can let workspaces share a domain: a newsletter that was made by command opens it to its workspace.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.i18n import mark
from mailer.newsletters.models import Newsletter

TAKEN_DOMAIN = mark("Another workspace sends from that domain. Use another, or ask whoever runs the service.")


def is_others_domain(session: Session, workspace_id: int, address: str) -> bool:
    """Tell whether others send from the domain of an address, or one above or below it, and this workspace does not."""
    domain = _domain_of(address)
    senders = session.execute(select(Newsletter.workspace_id, Newsletter.sender_email))
    users = {workspace for workspace, sender in senders if _is_related(domain, _domain_of(sender))}
    return bool(users) and workspace_id not in users


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip(" >.").lower()


def _is_related(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
