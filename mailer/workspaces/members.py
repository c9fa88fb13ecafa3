"""Members of a workspace: their roles, and leaving it. There is always an owner."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.workspaces.models import Member
from mailer.workspaces.roles import OWNER, ROLES

LAST_OWNER = mark("A workspace needs an owner: make somebody else owner first.")
UNKNOWN_ROLE = mark("Choose one of the roles.")


def list_members(session: Session, workspace_id: int) -> list[Member]:
    return list(session.scalars(select(Member).where(Member.workspace_id == workspace_id).order_by(Member.id)))


def get_member(session: Session, workspace_id: int, member_id: int) -> Member:
    member = session.scalar(select(Member).where(Member.workspace_id == workspace_id, Member.id == member_id))
    if member is None:
        raise NotFoundError("There is no such member.")
    return member


def change_role(session: Session, member: Member, role: str) -> bool:
    """Give a member another role; False when it is the one they have. RefusedError when no owner would be left."""
    if role not in ROLES:
        raise RefusedError(UNKNOWN_ROLE)
    if role == member.role:
        return False
    _keep_an_owner(session, member)
    member.role = role
    return True


def remove_member(session: Session, member: Member) -> None:
    """Take a member out of the workspace; RefusedError when no owner would be left. The user stays a user."""
    _keep_an_owner(session, member)
    session.delete(member)
    session.flush()


def _keep_an_owner(session: Session, member: Member) -> None:
    if member.role != OWNER:
        return
    # Two owners who remove each other at once queue here.
    owners = select(Member.id).where(Member.workspace_id == member.workspace_id, Member.role == OWNER)
    session.execute(owners.with_for_update())
    if session.scalar(select(func.count()).select_from(owners.subquery())) == 1:
        raise RefusedError(LAST_OWNER)
