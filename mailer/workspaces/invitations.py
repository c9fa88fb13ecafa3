"""Inviting people: a link to their mailbox, good for two weeks and for one person; accepting makes them a member."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mailer.errors import InvalidError, NotFoundError, Problem, RefusedError
from mailer.i18n import mark
from mailer.mime.address import parse_address
from mailer.tokens import hash_secret, random_number, sign
from mailer.workspaces.models import Invitation, Workspace
from mailer.workspaces.roles import ROLES

INVITATION_LIFE = timedelta(days=14)
DEAD_INVITATION = mark("This invitation does not work any more. Ask whoever invited you for a new one.")


def invite(session: Session, workspace: Workspace, email: str, role: str, *, by: int, now: datetime) -> tuple[int, str]:
    """Invite a mailbox and return the number of the invitation and its address; an earlier one is replaced.

    InvalidError when the address is none or the role is not known.
    """
    try:
        address = parse_address(email)
    except ValueError as error:
        raise InvalidError([Problem(str(error), field="email")]) from None
    if role not in ROLES:
        raise InvalidError([Problem(mark("Choose one of the roles."), field="role")])
    withdraw(session, workspace.id, address.key)
    number = random_number()
    session.add(
        Invitation(
            workspace_id=workspace.id,
            email=address.address,
            email_key=address.key,
            role=role,
            secret_hash=hash_secret(invitation_secret(number)),
            invited_by=by,
            created_at=now,
            expires_at=now + INVITATION_LIFE,
        )
    )
    session.flush()
    return number, address.address


def invitation_secret(number: int) -> str:
    return sign("invite", number)


def list_invitations(session: Session, workspace_id: int, now: datetime) -> list[Invitation]:
    """Return the invitations that wait for an answer, oldest first."""
    wanted = select(Invitation).where(
        Invitation.workspace_id == workspace_id, Invitation.accepted_at.is_(None), Invitation.expires_at > now
    )
    return list(session.scalars(wanted.order_by(Invitation.id)))


def get_invitation(session: Session, secret: str, now: datetime) -> tuple[Invitation, Workspace]:
    """Return a living invitation without using it; NotFoundError when it is unknown, RefusedError when it is over."""
    row = session.execute(
        select(Invitation, Workspace)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .where(Invitation.secret_hash == hash_secret(secret))
    ).first()
    if row is None:
        raise NotFoundError(DEAD_INVITATION)
    if row[0].accepted_at is not None or row[0].expires_at <= now:
        raise RefusedError(DEAD_INVITATION)
    return row[0], row[1]


def accept(session: Session, invitation: Invitation, now: datetime) -> None:
    """Use an invitation up; RefusedError when another click was first."""
    used = session.scalars(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.accepted_at.is_(None))
        .values(accepted_at=now)
        .returning(Invitation.id)
    ).all()
    if not used:
        raise RefusedError(DEAD_INVITATION)


def withdraw(session: Session, workspace_id: int, email_key: str) -> None:
    """Take back what a mailbox has not accepted."""
    session.execute(
        delete(Invitation).where(
            Invitation.workspace_id == workspace_id,
            Invitation.email_key == email_key,
            Invitation.accepted_at.is_(None),
        )
    )
