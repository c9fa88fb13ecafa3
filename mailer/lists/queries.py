"""Finding and making lists, always inside one workspace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.lists.models import MailingList
from mailer.workspaces.naming import refuse_wrong_naming

ACCESS = ("open", "closed", "private")
LEGAL_BASES = ("consent", "public_task")


def list_lists(session: Session, workspace_id: int) -> list[MailingList]:
    wanted = select(MailingList).where(MailingList.workspace_id == workspace_id).order_by(MailingList.name)
    return list(session.scalars(wanted))


def get_list(session: Session, workspace_id: int, slug: str) -> MailingList:
    """Return a list by its slug, or by its name in any case; NotFoundError names those that exist."""
    lists = list_lists(session, workspace_id)
    for mailing_list in lists:
        if slug == mailing_list.slug or slug.casefold() == mailing_list.name.casefold():
            return mailing_list
    names = ", ".join(mailing_list.slug for mailing_list in lists) or "none"
    raise NotFoundError(f"There is no list {slug!r}. There are: {names}.")


def list_names(session: Session, workspace_id: int, list_ids: Collection[int]) -> list[str]:
    """Return the names of these lists, in their order for people."""
    return [one.name for one in list_lists(session, workspace_id) if one.id in list_ids]


def create_list(
    session: Session, workspace_id: int, slug: str, name: str, *, description: str = "", now: datetime
) -> MailingList:
    """Store a list; InvalidError or RefusedError when its names are not right or taken."""
    refuse_wrong_naming(slug=slug, name=name)
    exists = select(MailingList).where(MailingList.workspace_id == workspace_id, MailingList.slug == slug)
    if session.scalar(exists):
        raise RefusedError(f"There is a list {slug!r} already.")
    mailing_list = MailingList(workspace_id=workspace_id, slug=slug, name=name, description=description, created_at=now)
    session.add(mailing_list)
    session.flush()
    return mailing_list
