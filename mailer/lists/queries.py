"""Finding and making lists, always inside one workspace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark
from mailer.lists.models import MailingList
from mailer.workspaces.naming import propose_slug, refuse_wrong_naming

TAKEN = mark("There is a list “{slug}” already.")
ACCESS = ("open", "closed", "private")
LEGAL_BASES = ("consent", "public_task")


def list_lists(session: Session, workspace_id: int) -> list[MailingList]:
    wanted = select(MailingList).where(MailingList.workspace_id == workspace_id).order_by(MailingList.name)
    return list(session.scalars(wanted))


def get_list(session: Session, workspace_id: int, slug: str) -> MailingList:
    """Return a list by its slug, or by its name in any case; NotFoundError names those that exist.

    A slug goes before a name: a list that is called as another one is addressed must not be taken for it.
    """
    lists = list_lists(session, workspace_id)
    known = {one.name.casefold(): one for one in lists}
    found = {one.slug: one for one in lists}.get(slug) or known.get(slug.casefold())
    if found:
        return found
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
    mailing_list = MailingList(workspace_id=workspace_id, slug=slug, name=name, description=description, created_at=now)
    try:
        with session.begin_nested():
            session.add(mailing_list)
    except IntegrityError:
        raise RefusedError(TAKEN, slug=slug) from None
    return mailing_list


def propose_list_slug(session: Session, workspace_id: int, name: str) -> str:
    """Return a short name for a new list that no list of the workspace has."""
    return propose_slug(name, [one.slug for one in list_lists(session, workspace_id)], nameless="list")
