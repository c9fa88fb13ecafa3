"""Partners: organisations that pass issues on, each with a code in its links. A retired one keeps its figures."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.activity.record import record_activity
from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.render.sanitise import clean_line
from mailer.shares.models import Partner

LONGEST_NAME = 120
NO_NAME = mark("Write the partner's name, in at most 120 characters.")
TAKEN = mark("There is a partner with that name already.")
_FOLD = str.maketrans("åäöéü", "aaoeu")


def list_partners(session: Session, workspace_id: int, *, retired: bool = False) -> list[Partner]:
    """Return the partners in use, or those that were retired, by name."""
    is_retired = Partner.retired_at.is_not(None) if retired else Partner.retired_at.is_(None)
    wanted = select(Partner).where(Partner.workspace_id == workspace_id, is_retired)
    return sorted(session.scalars(wanted), key=lambda one: one.name.casefold())


def get_partner(session: Session, workspace_id: int, code: str) -> Partner:
    found = session.scalar(select(Partner).where(Partner.workspace_id == workspace_id, Partner.code == code))
    if found is None:
        raise NotFoundError("There is no such partner.")
    return found


def add_partner(session: Session, workspace_id: int, name: str, *, actor: str, now: datetime) -> Partner:
    """Store a partner under a code made of its name. RefusedError when the name is missing, too long or taken."""
    known = list(session.scalars(select(Partner).where(Partner.workspace_id == workspace_id)))
    name = _check_name(name, known)
    partner = Partner(workspace_id=workspace_id, code=_propose_code(name, known), name=name, created_at=now)
    session.add(partner)
    session.flush()
    _record(session, partner, "partner.added", actor, now)
    return partner


def rename_partner(session: Session, partner: Partner, name: str, *, actor: str, now: datetime) -> None:
    """Change the name; the code in links that are out there stays."""
    others = select(Partner).where(Partner.workspace_id == partner.workspace_id, Partner.id != partner.id)
    partner.name = _check_name(name, list(session.scalars(others)))
    _record(session, partner, "partner.renamed", actor, now)


def retire_partner(session: Session, partner: Partner, *, actor: str, now: datetime) -> None:
    """Take the partner's page away; its links go on leading to the issue."""
    partner.retired_at = partner.retired_at or now
    _record(session, partner, "partner.retired", actor, now)


def bring_back_partner(session: Session, partner: Partner, *, actor: str, now: datetime) -> None:
    partner.retired_at = None
    _record(session, partner, "partner.brought_back", actor, now)


def _check_name(name: str, others: list[Partner]) -> str:
    name = clean_line(name)
    if not name or len(name) > LONGEST_NAME:
        raise RefusedError(NO_NAME)
    if name.casefold() in {one.name.casefold() for one in others}:
        raise RefusedError(TAKEN)
    return name


def _propose_code(name: str, others: list[Partner]) -> str:
    """Return a short name for links: letters and digits of the name, with a number when another has them."""
    letters = re.sub(r"[^a-z0-9]", "", name.casefold().translate(_FOLD))[:20]
    start = letters if len(letters) > 1 else "partner"
    taken = {one.code for one in others}
    return next(code for code in (start, *(f"{start}{n}" for n in range(2, 1000))) if code not in taken)


def _record(session: Session, partner: Partner, verb: str, actor: str, now: datetime) -> None:
    record_activity(session, partner.workspace_id, actor=actor, verb=verb, subject=f"partner:{partner.id}", now=now)
