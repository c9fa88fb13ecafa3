"""Finding workspaces and the people in them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.workspaces.models import Member, Workspace
from mailer.workspaces.naming import refuse_wrong_naming


def get_workspace(session: Session, slug: str | None) -> Workspace:
    """Return the workspace `slug`; without a slug, the only one there is.

    NotFoundError names those that exist: this is for the operator's command line, not for strangers.
    """
    workspaces = list(session.scalars(select(Workspace).order_by(Workspace.slug)))
    names = ", ".join(workspace.slug for workspace in workspaces) or "none; `mailer demo` makes one"
    if slug is None:
        if len(workspaces) != 1:
            raise RefusedError(f"Say which workspace with --workspace. There are: {names}.")
        return workspaces[0]
    for workspace in workspaces:
        if workspace.slug == slug:
            return workspace
    raise NotFoundError(f"There is no workspace {slug!r}. There are: {names}.")


def find_membership(session: Session, user_id: int, workspace_slug: str) -> tuple[Workspace, Member] | None:
    """Return a user's workspace by its slug, or None when it is not theirs or does not exist."""
    row = session.execute(
        select(Workspace, Member)
        .join(Member, Member.workspace_id == Workspace.id)
        .where(Member.user_id == user_id, Workspace.slug == workspace_slug)
    ).first()
    return (row[0], row[1]) if row else None


def list_memberships(session: Session, user_id: int) -> list[tuple[Workspace, Member]]:
    rows = session.execute(
        select(Workspace, Member)
        .join(Member, Member.workspace_id == Workspace.id)
        .where(Member.user_id == user_id)
        .order_by(Workspace.name)
    )
    return [(row[0], row[1]) for row in rows]


def create_workspace(session: Session, slug: str, name: str, *, language: str = "sv", now: datetime) -> Workspace:
    """Store a workspace; InvalidError or RefusedError when its names are not right or taken."""
    refuse_wrong_naming(slug=slug, language=language, name=name)
    if session.scalar(select(Workspace).where(Workspace.slug == slug)):
        raise RefusedError(f"There is a workspace {slug!r} already.")
    workspace = Workspace(slug=slug, name=name, language=language, created_at=now)
    session.add(workspace)
    session.flush()
    return workspace


def add_member(session: Session, workspace_id: int, user_id: int, role: str, *, now: datetime) -> Member:
    member = Member(workspace_id=workspace_id, user_id=user_id, role=role, created_at=now)
    session.add(member)
    session.flush()
    return member
