"""Finding and making lists, always inside one workspace."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mailer.errors import NotFoundError, RefusedError
from mailer.i18n import mark, sort_key
from mailer.lists.models import MailingList
from mailer.workspaces.naming import refuse_wrong_naming

TAKEN = mark("There is a list “{slug}” already.")
ACCESS = ("open", "closed", "private")
LEGAL_BASES = ("consent", "public_task")


def list_lists(session: Session, workspace_id: int) -> list[MailingList]:
    """Return the lists of a workspace in the order of the Swedish alphabet."""
    wanted = select(MailingList).where(MailingList.workspace_id == workspace_id)
    return sorted(session.scalars(wanted), key=lambda one: (sort_key(one.name), one.id))


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
